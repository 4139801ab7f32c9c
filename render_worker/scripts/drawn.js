/**
 * Part of the guard: the texts that a page draws on a canvas, each once; single letters as often as they are drawn, in
 * their order.
 *
 * @param {(text: string) => void} tell
 */
export default function drawn(tell) {
  "use strict";
  const scope = /** @type {any} */ (window);
  const { apply } = Reflect;
  const text = String;
  const { slice } = String.prototype;
  const { has, add } = Set.prototype;
  const known = new Set();
  let left = 400;
  let letters = 400;
  /** @param {unknown} value */
  const note = (value) => {
    if (typeof value !== "string" && typeof value !== "number") return;
    const short = apply(slice, text(value), [0, 400]);
    if (short.length <= 2) {
      letters -= 1;
      if (letters >= 0) tell(short);
      return;
    }
    if (left <= 0 || apply(has, known, [short])) return;
    apply(add, known, [short]);
    left -= 1;
    tell(short);
  };
  for (const owner of [scope.CanvasRenderingContext2D, scope.OffscreenCanvasRenderingContext2D]) {
    for (const name of ["fillText", "strokeText"]) {
      const real = owner?.prototype[name];
      if (typeof real !== "function") continue;
      owner.prototype[name] = /** @this {unknown} @param {unknown[]} values */ function (...values) {
        note(values[0]);
        return apply(real, this, values);
      };
    }
  }
}
