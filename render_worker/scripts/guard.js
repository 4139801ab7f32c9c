/**
 * Runs in every document before any code of the page: hears its errors, takes dialogs away, seeds chance and
 * steadies the clock (whose time is the browser's virtual one). Natives are taken hold of at once, since the page may replace them later.
 *
 * @param {{binding: string, seed: number, reports: number}} options `binding` names a function of the protocol that
 *   takes one string; `reports` bounds what one document may tell.
 */
export default function guard(options) {
  const scope = /** @type {any} */ (window);
  const send = scope[options.binding];
  delete scope[options.binding];
  const { apply } = Reflect;
  const stringify = JSON.stringify;
  const text = String;
  let left = options.reports;

  /** @param {unknown} value */
  const describe = (value) => {
    try {
      if (value instanceof Error) return `${value.name}: ${value.message}`;
      if (typeof value === "object" && value !== null) return text(stringify(value)).slice(0, 300);
      return text(value).slice(0, 300);
    } catch {
      return "a value that cannot be read";
    }
  };

  /** @param {string} kind @param {() => string} tell */
  const report = (kind, tell) => {
    if (left <= 0 || typeof send !== "function") return;
    left -= 1;
    let told = "an error that cannot be read";
    try {
      told = text(tell()).slice(0, 500);
    } catch {
      // The page made its own error unreadable: the report stands.
    }
    send(stringify({ kind, text: told }));
  };

  const listen = window.addEventListener;
  /** @type {EventListener} */
  const onError = (event) => {
    const failure = /** @type {ErrorEvent} */ (event);
    if (event.target !== window && event.target !== null) return;
    report("page-error", () => (failure.error === null || failure.error === undefined ? failure.message : describe(failure.error)));
  };
  /** @type {EventListener} */
  const onRejection = (event) =>
    report("unhandled-rejection", () => describe(/** @type {PromiseRejectionEvent} */ (event).reason));
  apply(listen, window, ["error", onError, true]);
  apply(listen, window, ["unhandledrejection", onRejection, true]);

  /**
   * The page may put its own function in the place of `console.error`; what it is called with is told all the
   * same, once however deeply replacements are nested.
   */
  let inside = false;
  let nativeCalls = options.reports;
  const native = console.error;
  /** @param {Function} inner */
  const told = (inner) =>
    /** @this {unknown} @param {unknown[]} values */
    function error(...values) {
      if (inside) return apply(inner, console, values);
      inside = true;
      try {
        report("console-error", () => values.map(describe).join(" "));
        return apply(inner, console, values);
      } finally {
        inside = false;
      }
    };
  let current = told(
    /** @param {unknown[]} values */ (...values) => {
      nativeCalls -= 1;
      if (nativeCalls >= 0) apply(native, console, values);
    },
  );
  const silent = () => {};
  for (const name of Object.keys(console)) {
    const member = /** @type {any} */ (console)[name];
    if (name !== "error" && typeof member === "function") /** @type {any} */ (console)[name] = silent;
  }
  Object.defineProperty(console, "error", {
    configurable: false,
    enumerable: true,
    get: () => current,
    set: (value) => {
      report("console-overwritten", () => "");
      if (typeof value === "function") current = told(value);
    },
  });

  /** @param {string} name @param {unknown} answer */
  const mute = (name, answer) => {
    scope[name] = () => {
      report("dialog", () => name);
      return answer;
    };
  };
  mute("alert", undefined);
  mute("confirm", false);
  mute("prompt", null);
  mute("print", undefined);
  mute("open", null);

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
}
