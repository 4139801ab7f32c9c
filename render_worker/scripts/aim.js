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
  const { x, y, width, height } = element.getBoundingClientRect();
  const root = /** @type {Document | ShadowRoot} */ (element.getRootNode());
  /** @param {number} across @param {number} down */
  const meets = (across, down) => {
    const met = root.elementFromPoint(x + width * across, y + height * down);
    if (met === null) return false;
    const named = met.closest("label");
    return element.contains(met) || (named !== null && named.control === element);
  };
  const points = [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75], [0.1, 0.5]];
  const [across, down] = points.find(([one, other]) => meets(one, other)) ?? [0.5, 0.5];
  return { x: Math.round(x + width * across), y: Math.round(y + height * down), hit: meets(across, down) };
}
