/**
 * Where on the screen there is nothing to press: the page's own ground, met there and not under anything.
 *
 * @param {{side: number, share: number}} options points to look at in a row and in a column; share of the screen that
 *   an element must cover to be ground.
 * @returns {{x: number, y: number} | null} point in the viewport; null where there is none.
 */
export default function spot(options) {
  const taken = "a, button, input, select, textarea, label, summary, option, canvas, video, audio, iframe, embed, object, svg, [contenteditable], dialog, [aria-modal], [role=dialog], [onclick]:not(body)";
  const screen = innerWidth * innerHeight;
  /** @param {Element} element */
  const covers = (element) => {
    if (element === document.body || element === document.documentElement) return screen;
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const width = Math.min(right, innerWidth) - Math.max(left, 0);
    const height = Math.min(bottom, innerHeight) - Math.max(top, 0);
    return Math.max(width, 0) * Math.max(height, 0);
  };
  /** @type {{x: number, y: number} | null} */
  let best = null;
  let most = options.share * screen;
  for (let row = 0; row < options.side; row += 1) {
    for (let column = 0; column < options.side; column += 1) {
      const x = Math.round(((column + 0.5) * innerWidth) / options.side);
      const y = Math.round(((row + 0.5) * innerHeight) / options.side);
      const met = document.elementFromPoint(x, y);
      if (met === null || met.closest(taken) !== null || getComputedStyle(met).cursor === "pointer") continue;
      const size = covers(met);
      if (size >= most) {
        // Of equal ground the last: low on the page there is more of it between what stands there.
        most = size;
        best = { x, y };
      }
    }
  }
  return best;
}
