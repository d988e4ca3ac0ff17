// The words for what is not everyday: bad links, replays, stored runs, crashes.

import { copy, showCard, toast } from "./notices.js";
import { grouped } from "./dom.js";

/** @typedef {import("./types.js").StoredRun} StoredRun */

/**
 * @param {string} sentence
 * @param {() => void} leave
 */
export function badLinkCard(sentence, leave) {
  showCard({
    id: "bad-link",
    tone: "bad",
    text: sentence,
    stays: true,
    actions: [{ label: "Start with the first experiment", act: leave }],
  });
}

/**
 * @param {string} of “recording”
 * @param {string} fingerprint
 * @param {() => void} open
 */
export function needsCard(of, fingerprint, open) {
  showCard({
    id: "needs",
    tone: "offer",
    text: `This needs the ${of} ${fingerprint}, which is not open here. Whoever made the link has its file.`,
    actions: [{ id: "needs-open", label: "Open its file…", keep: true, act: open }],
  });
}

/** @param {import("./types.js").Reading} reading a link that says where its run stood */
export function replayCard({ steps, steered, fingerprint }) {
  const pushes = steered === 1 ? "one push" : `${grouped(steered)} pushes`;
  const parts = [
    `This link replays a run up to step ${grouped(steps ?? 0)}`,
    steered ? `, with ${pushes} of the sender.` : ".",
    fingerprint ? " There the numbers are compared with the sender’s." : "",
  ];
  showCard({ id: "replay", tone: "quiet", text: parts.join("") });
}

/**
 * @param {StoredRun} stored
 * @param {() => void} resume
 * @param {() => void} erase
 */
export function resumeCard(stored, resume, erase) {
  const step = grouped(stored.step);
  showCard({
    id: "resume",
    tone: "offer",
    text: `An earlier run is kept on this device, at step ${step}.`,
    actions: [
      {
        id: "resume",
        label: stored.over ? "Show the finished run" : `Resume from step ${step}`,
        act: resume,
      },
      { label: "Delete it", act: erase },
    ],
  });
}

/**
 * @typedef {object} Crash
 * @property {string} text what the program said
 * @property {boolean} trap whether it broke, rather than refused
 * @property {number} step or −1
 * @property {number} saved the step of the newest checkpoint, or −1
 * @property {string} program version and build
 * @property {string} link
 * @property {string} device
 * @property {() => void} resume
 * @property {() => void} again
 */

/** @param {Crash} crash */
export function crashCard({ text, trap, step, saved, program, link, device, resume, again }) {
  const at = step > 0 ? ` at step ${grouped(step)}` : "";
  const report = [
    program,
    `Link: ${location.href.split("#")[0]}#${link}`,
    `What happened${at || " before the first step"}: ${text}`,
    `Device: ${device || "unknown"}`,
    `Browser: ${navigator.userAgent}`,
  ].join("\n");
  const take = async () => {
    const ok = await copy(report);
    toast(ok ? "The report is on your clipboard." : "Open the report and copy it by hand.");
  };
  const resuming = {
    id: "crash-resume",
    label: `Resume from step ${grouped(saved)}`,
    act: resume,
  };
  showCard({
    id: "crash",
    tone: "bad",
    title: trap ? `The run broke off${at}` : `The run stopped${at}`,
    text: trap ? `Something went wrong inside the program: ${text}` : text,
    report,
    actions: [
      ...(saved > 0 ? [resuming] : []),
      { id: "crash-again", label: "Start again", act: again },
      { label: "Copy the report", keep: true, act: () => void take() },
    ],
  });
}

/**
 * @param {string} reason
 * @param {number} step
 */
export function replacedCard(reason, step) {
  showCard({
    id: "replaced",
    tone: "quiet",
    text: `A new worker took over, because ${reason}; the run goes on from step ${grouped(step)}.`,
  });
}
