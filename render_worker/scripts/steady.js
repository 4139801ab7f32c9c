/**
 * Runs in every document before any code of the page: seeds chance, steadies the clock (whose time is the browser's
 * virtual one), and gives scrolling the answer that pages of today count on.
 *
 * @param {{seed: number}} options
 */
export default function steady(options) {
  "use strict";
  const scope = /** @type {any} */ (window);
  const { apply } = Reflect;

  let state = options.seed >>> 0;
  const chance = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  Math.random = () => chance() / 4294967296;

  if (typeof Crypto === "function") {
    const real = Crypto.prototype.getRandomValues;
    const Bytes = Uint8Array;
    /** @template {ArrayBufferView} T @param {T} target @returns {T} */
    Crypto.prototype.getRandomValues = function getRandomValues(target) {
      // The real one refuses what is no array of integers, or too long.
      apply(real, this, [target]);
      const bytes = new Bytes(target.buffer, target.byteOffset, target.byteLength);
      for (let position = 0; position < bytes.length; position += 1) bytes[position] = chance() & 255;
      return target;
    };
    Crypto.prototype.randomUUID = function randomUUID() {
      let digits = "";
      for (let position = 0; position < 32; position += 1) {
        const digit = position === 12 ? 4 : position === 16 ? 8 + (chance() & 3) : chance() & 15;
        digits += digit.toString(16) + ([7, 11, 15, 19].includes(position) ? "-" : "");
      }
      return /** @type {`${string}-${string}-${string}-${string}-${string}`} */ (digits);
    };
  }

  // The browser blurs this clock by a random tenth of a millisecond.
  const realNow = performance.now;
  Performance.prototype.now = function now() {
    return Math.round(apply(realNow, this, []));
  };

  // A photograph may take several frames of one instant: what the page asked for in one runs in the next instant.
  const realFrame = scope.requestAnimationFrame;
  const realCancel = scope.cancelAnimationFrame;
  /** @type {Map<number, number>} */
  const moved = new Map();
  let instant = -1;
  /** @param {FrameRequestCallback} callback */
  scope.requestAnimationFrame = (callback) => {
    const asked = instant;
    let first = 0;
    /** @param {number} time */
    const frame = (time) => {
      if (time - asked < 1) {
        moved.set(first, apply(realFrame, scope, [frame]));
        return;
      }
      moved.delete(first);
      instant = time;
      callback(time);
    };
    first = apply(realFrame, scope, [frame]);
    return first;
  };
  /** @param {number} handle */
  scope.cancelAnimationFrame = (handle) => {
    apply(realCancel, scope, [moved.get(handle) ?? handle]);
    moved.delete(handle);
  };

  // This browser answers with a promise, which an effect that returns it hands to React as its cleaning up; the
  // browsers of today's visitors answer with nothing.
  for (const owner of [scope, Element.prototype]) {
    for (const name of ["scroll", "scrollTo", "scrollBy", "scrollIntoView", "scrollIntoViewIfNeeded"]) {
      const real = owner[name];
      if (typeof real !== "function") continue;
      owner[name] = /** @this {unknown} @param {unknown[]} values */ function (...values) {
        apply(real, this, values);
      };
    }
  }
}
