// A fruit fly seen from above, head up, about two units long. Its legs walk with its turning.

const TAU = 2 * Math.PI;

/** Where the legs leave the body, their knees and feet, on the right side. */
const LEGS = [
  { hip: [0.14, -0.3], knee: [0.5, -0.56], foot: [0.6, -0.96] },
  { hip: [0.17, -0.12], knee: [0.66, -0.18], foot: [0.98, 0.02] },
  { hip: [0.14, 0.06], knee: [0.52, 0.34], foot: [0.74, 0.86] },
];

/**
 * @param {CanvasRenderingContext2D} c placed at the fly's middle and turned to its heading
 * @param {import("./palette.js").Palette} colours
 * @param {number} gait where in its step the fly is, in radians
 * @param {number} effort how large its steps are, 0 to 1
 */
export function drawFly(c, colours, gait, effort) {
  c.save();
  c.lineCap = "round";
  c.lineJoin = "round";

  c.strokeStyle = colours.body;
  c.lineWidth = 0.045;
  for (const side of [-1, 1]) {
    LEGS.forEach(({ hip, knee, foot }, i) => {
      // An alternating tripod: neighbours swing against each other.
      const swing = 0.1 * effort * Math.sin(gait + Math.PI * (i + (side > 0 ? 1 : 0)));
      c.beginPath();
      c.moveTo(side * (hip[0] ?? 0), hip[1] ?? 0);
      c.quadraticCurveTo(
        side * (knee[0] ?? 0),
        (knee[1] ?? 0) + swing * 0.5,
        side * (foot[0] ?? 0),
        (foot[1] ?? 0) + swing,
      );
      c.stroke();
    });
  }

  // Abdomen, with its stripes.
  c.save();
  c.beginPath();
  c.ellipse(0, 0.48, 0.27, 0.46, 0, 0, TAU);
  c.fillStyle = colours.stripe;
  c.fill();
  c.clip();
  c.fillStyle = colours.body;
  for (let i = 0; i < 4; i++) c.fillRect(-0.4, 0.3 + 0.17 * i, 0.8, 0.075 + 0.015 * i);
  c.fillRect(-0.4, 0.82, 0.8, 0.3);
  c.restore();

  // Thorax and head.
  c.fillStyle = colours.body;
  c.beginPath();
  c.ellipse(0, -0.12, 0.25, 0.31, 0, 0, TAU);
  c.fill();
  c.beginPath();
  c.ellipse(0, -0.56, 0.19, 0.15, 0, 0, TAU);
  c.fill();
  c.fillStyle = colours.eye;
  for (const side of [-1, 1]) {
    c.beginPath();
    c.ellipse(side * 0.18, -0.585, 0.105, 0.155, side * 0.35, 0, TAU);
    c.fill();
  }
  c.strokeStyle = colours.body;
  c.lineWidth = 0.03;
  for (const side of [-1, 1]) {
    c.beginPath();
    c.moveTo(side * 0.05, -0.69);
    c.quadraticCurveTo(side * 0.06, -0.8, side * 0.13, -0.85);
    c.stroke();
  }

  // Wings, folded back over the abdomen.
  for (const side of [-1, 1]) {
    c.save();
    c.translate(side * 0.15, -0.2);
    c.rotate(side * -0.26);
    c.beginPath();
    c.moveTo(0, 0);
    c.bezierCurveTo(side * 0.36, 0.16, side * 0.4, 1.05, side * 0.1, 1.34);
    c.bezierCurveTo(side * -0.16, 1.3, side * -0.14, 0.4, 0, 0);
    c.fillStyle = colours.wing;
    c.fill();
    c.strokeStyle = colours.muted;
    c.lineWidth = 0.016;
    c.stroke();
    c.beginPath();
    c.moveTo(0, 0.04);
    c.quadraticCurveTo(side * 0.2, 0.6, side * 0.1, 1.26);
    c.moveTo(0, 0.06);
    c.quadraticCurveTo(side * 0.05, 0.6, side * 0.02, 1.2);
    c.lineWidth = 0.009;
    c.stroke();
    c.restore();
  }
  c.restore();
}
