//! The kernels against the reference: outputs and every gradient, for whatever a scan can be.

use super::check::{By, Example, Found, apart, examples};
use super::{Activation, Cell, Conditions, Form, Readout};
use burn::tensor::Device;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn found(example: &Example, on: &Device, by: By) -> Found {
    let mut future = pin!(example.found(on, by));
    loop {
        if let Poll::Ready(found) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return found.expect("the device answers");
        }
    }
}

#[test]
fn the_operation_on_the_cpu_is_the_reference_in_outputs_and_gradients() {
    let on = Device::flex();
    for example in examples() {
        let mut expected = found(&example, &on, By::Reference);
        for by in [By::Kernels, By::FewerKernels] {
            let found = found(&example, &on, by);
            if matches!(by, By::FewerKernels) {
                expected[3].fill(0.0);
            }
            let apart = apart(&found, &expected);
            assert!(apart <= 1e-5, "{example:?}, {by:?}: {apart:?}");
        }
    }
}

#[test]
fn trials_of_several_shards_keep_their_order() {
    let cell = Cell {
        units: 9,
        inputs: 1,
        readout: Readout::Linear { outputs: 3 },
        form: Form::Rate,
        activation: Activation::Tanh,
    };
    let example = Example::new(cell, Conditions::default(), 35, 4);
    let on = Device::flex();
    let mut expected = found(&example, &on, By::Reference);
    expected[3].fill(0.0);
    assert!(apart(&found(&example, &on, By::FewerKernels), &expected) <= 1e-5);
}

#[test]
fn a_wrong_number_a_missing_one_and_nan_are_all_noticed() {
    let right: Found = std::array::from_fn(|_| vec![1.0, -2.0]);
    assert!(apart(&right, &right) == 0.0);
    for kind in 0..5 {
        for (wrong, is) in [(vec![1.0, -1.9], 0.05), (vec![1.0], f32::INFINITY)] {
            let mut found = right.clone();
            found[kind] = wrong;
            assert!((apart(&found, &right) - is).abs() < 1e-6 || is.is_infinite());
            assert!(apart(&found, &right) >= 0.04);
        }
        let mut found = right.clone();
        found[kind][0] = f32::NAN;
        assert!(apart(&found, &right).is_nan());
    }
}

#[cfg(feature = "gpu")]
mod gpu {
    use super::super::check::{ACTIVATIONS, By, Example, FORMS, TOLERANCE, examples, noisy};
    use super::super::check::{apart, readouts};
    use super::found;
    use crate::learning::device::{Device, graphics_for_tests};
    use crate::learning::scan::{Activation, Cell, Conditions, Form, Place, Readout};
    use proptest::prelude::*;

    fn check(example: &Example) {
        let expected = found(example, &Device::cpu().plain(), By::Reference);
        let found = found(example, &graphics_for_tests().plain(), By::Kernels);
        let apart = apart(&found, &expected);
        assert!(apart <= TOLERANCE, "{example:?}: {apart:?}");
    }

    #[test]
    fn every_activation_form_readout_noise_price_and_wiring_is_that_of_the_cpu() {
        for example in examples() {
            check(&example);
        }
    }

    #[test]
    fn nothing_is_lost_between_slices_and_nothing_changes() {
        let on = graphics_for_tests().plain();
        for form in FORMS {
            for readout in readouts(10) {
                let activation = Activation::RectifiedTanh;
                let cell = Cell { units: 10, inputs: 0, readout, form, activation };
                let noise = Some(noisy(Place::Outside));
                let cut = |at_once| {
                    let conditions = Conditions { noise, at_once, ..Conditions::default() };
                    Example::new(cell, conditions, 3, 7)
                };
                let whole = found(&cut(0), &on, By::Kernels);
                for at_once in [1, 3, 7, 8] {
                    check(&cut(at_once));
                    let found = found(&cut(at_once), &on, By::Kernels);
                    assert_eq!(found[0], whole[0], "outputs in slices of {at_once}");
                }
            }
        }
    }

    #[test]
    fn the_same_run_gives_the_same_bits() {
        let cell = Cell {
            units: 70,
            inputs: 2,
            readout: Readout::Rates { observed: 33 },
            form: Form::Current,
            activation: Activation::Softplus { sharpness: 2.0 },
        };
        let noise = Some(noisy(Place::Outside));
        let conditions = Conditions { noise, ..Conditions::default() };
        let example = Example::new(cell, conditions, 40, 30);
        let found = || found(&example, &graphics_for_tests().plain(), By::Kernels);
        assert_eq!(found(), found());
    }

    proptest! {
        // Each case compiles two kernels.
        #![proptest_config(ProptestConfig {
            cases: 12,
            max_shrink_iters: 0,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_network_of_any_size(
            units in 1_usize..90,
            inputs in 0_usize..4,
            seen in 1_usize..90,
            linear: bool,
            current: bool,
            which in 0_usize..7,
            trials in 1_usize..20,
            steps in 1_usize..9,
            at_once in 0_usize..9,
            price in 0.0_f32..1.0,
            as_hardware: bool,
        ) {
            let readout = if linear {
                Readout::Linear { outputs: seen }
            } else {
                Readout::Rates { observed: seen.min(units) }
            };
            let form = if current { Form::Current } else { Form::Rate };
            let cell = Cell { units, inputs, readout, form, activation: ACTIVATIONS[which] };
            let conditions = Conditions { at_once, price, as_hardware, noise: None };
            check(&Example::new(cell, conditions, trials, steps));
        }
    }
}
