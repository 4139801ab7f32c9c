/**
 * Runs in every document before any code of the page: hears its errors, takes dialogs away, seeds chance and
 * moves the clock. Natives are taken hold of at once, since the page may replace them later.
 *
 * @param {{binding: string, epoch: number, seed: number, reports: number}} options `binding` names a function of
 *   the protocol that takes one string; `epoch` is the time at which every document starts, in milliseconds;
 *   `reports` bounds what one document may tell.
 */
export default function guard(options) {
  const scope = /** @type {any} */ (window);
  const send = scope[options.binding];
  delete scope[options.binding];
  const { apply, construct } = Reflect;
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
  Math.random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  const RealDate = Date;
  const realNow = RealDate.now;
  const shift = options.epoch - realNow();
  const now = () => realNow() + shift;
  const ShiftedDate = new Proxy(RealDate, {
    construct: (target, values, maker) => construct(target, values.length === 0 ? [now()] : values, maker),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.now = now;
  RealDate.prototype.constructor = ShiftedDate;
  scope.Date = ShiftedDate;
}
