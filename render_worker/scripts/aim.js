/**
 * Brings a control that `survey` found into view and says where a visitor would press it.
 *
 * @param {{index: number | null}} options which of them; null: the one last aimed at.
 * @returns {{x: number, y: number, hit: boolean} | null} point in the viewport, and whether the control is what is met
 *   there; null where it is gone.
 */
export default function aim(options) {
  const scope = /** @type {any} */ (globalThis);
  const element = /** @type {HTMLElement | undefined} */ (options.index === null ? scope.aimed : scope.held?.[options.index]);
  if (element === undefined || !element.isConnected) return null;
  scope.aimed = element;
  const active = document.activeElement;
  // What leaving a field brings about is not the next control's doing.
  if (active instanceof HTMLElement && active !== element && active !== document.body && !active.contains(element)) active.blur();
  const inView = () => {
    const { top, bottom, left, right } = element.getBoundingClientRect();
    return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
  };
  if (!inView()) element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  // A link that breaks into lines has gaps between them, its middle often among these: the largest line is aimed at.
  const lines = [...element.getClientRects()].sort((one, other) => other.width * other.height - one.width * one.height);
  const { x, y, width, height } = lines[0] ?? element.getBoundingClientRect();
  const root = /** @type {Document | ShadowRoot} */ (element.getRootNode());
  /** @param {number[]} share @returns {[number, number]} whole pixels, as they are pressed. */
  const point = ([across, down]) => [Math.round(x + width * across), Math.round(y + height * down)];
  /** @param {[number, number]} at */
  const meets = (at) => {
    const met = root.elementFromPoint(...at);
    if (met === null) return false;
    const named = met.closest("label");
    return element.contains(met) || (named !== null && named.control === element);
  };
  const points = [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75], [0.1, 0.5]].map(point);
  const free = points.find(meets);
  const [across, down] = free ?? points[0];
  return { x: across, y: down, hit: free !== undefined };
}
