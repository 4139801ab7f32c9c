/**
 * Runs in every document before any code of the page: hears its errors, also those that the page keeps from being
 * seen, and takes dialogs away. Natives are taken hold of at once, and nothing is called later that the page may have
 * replaced, except to describe the page's own values.
 *
 * @param {{binding: string, origin: string, reports: number}} options `binding` names a function of the protocol that
 *   takes one string, `<kind> <cause> <text>`; `reports` bounds what one document may tell of a kind and cause.
 * @param {(origin: string) => {isCause: (values: unknown[], rejected: boolean) => boolean,
 *   failed: (event: Event, target: object) => void, isOwn: (event: Event) => boolean}} watch tells errors that our refusals
 *   alone caused (`refusals.js`).
 * @param {(refusals: any) => (value: unknown) => boolean} surround tells what the browser has not here (`lacks.js`).
 * @param {(tell: (text: string) => void) => void} listenIn tells texts that are drawn on a canvas (`drawn.js`).
 */
export default function guard(options, watch, surround, listenIn) {
  "use strict";
  const scope = /** @type {any} */ (window);
  const send = scope[options.binding];
  delete scope[options.binding];
  const { apply, construct } = Reflect;
  const text = String;
  const { slice, startsWith } = String.prototype;
  const stringify = JSON.stringify;
  const later = scope.setTimeout;
  const listen = EventTarget.prototype.addEventListener;
  const prevent = Event.prototype.preventDefault;
  const define = Object.defineProperty;
  const OwnPromise = Promise;
  const ownThen = Promise.prototype.then;
  const refusals = watch(options.origin);
  const isLack = surround(refusals);
  listenIn((told) => typeof send === "function" && send(`drawn - ${told}`));
  /**
   * `refusal`; `environment`: the browser lacks what a visitor has or gives; `-`: the page's own doing.
   *
   * @param {unknown[]} values that were thrown, rejected with or written.
   * @param {boolean} rejected
   * @returns {string}
   */
  const causeOf = (values, rejected) => {
    if (refusals.isCause(values, rejected)) return "refusal";
    for (let at = 0; at < values.length && at < 20; at += 1) if (isLack(values[at])) return "environment";
    return "-";
  };

  /** @param {object} owner @param {string} name @returns {Function} */
  const getter = (owner, name) => /** @type {Function} */ (Object.getOwnPropertyDescriptor(owner, name)?.get);
  const targetOf = getter(Event.prototype, "target");
  const wasPrevented = getter(Event.prototype, "defaultPrevented");
  const errorOf = getter(ErrorEvent.prototype, "error");
  const messageOf = getter(ErrorEvent.prototype, "message");
  const reasonOf = getter(PromiseRejectionEvent.prototype, "reason");

  /** @param {unknown} value @param {number} length @returns {string} */
  const cut = (value, length) => apply(slice, text(value), [0, length]);

  /** @param {any} value @returns {string} */
  const describe = (value) => {
    try {
      if (typeof value !== "object" || value === null) return cut(value, 300);
      if (typeof value.message === "string") return `${cut(value.name, 60)}: ${cut(value.message, 440)}`;
      return cut(stringify(value), 300);
    } catch {
      return "a value that cannot be read";
    }
  };

  /** @type {Record<string, number>} */
  const left = Object.create(null);
  /** @param {string} kind @param {string} cause @param {() => string} tell @returns {boolean} whether it was told. */
  const report = (kind, cause, tell) => {
    const head = `${kind} ${cause} `;
    const remaining = left[head] ?? options.reports;
    if (remaining <= 0) return false;
    left[head] = remaining - 1;
    let told = "an error that cannot be read";
    try {
      told = cut(tell(), 500);
    } catch {
      // The page made its own error unreadable: the report stands.
    }
    if (typeof send === "function") send(head + told);
    return true;
  };

  /** @type {Record<string, boolean>} */
  const noted = Object.create(null);
  /** @param {string} way in which the page keeps errors from being seen. */
  const note = (way) => {
    if (noted[way] !== true) report("errors-suppressed", "-", () => way);
    noted[way] = true;
  };

  /** @type {Event | null} */
  let heard = null;
  /** @param {Event} event @param {string} kind @param {unknown[]} values @param {() => string} tell */
  const hear = (event, kind, values, tell) => {
    const cause = causeOf(values, kind === "unhandled-rejection");
    if (!report(kind, cause, tell) || cause !== "-") {
      // A flood, or excused: the browser, which has other words for the same, need not tell it.
      apply(prevent, event, []);
      return;
    }
    heard = event;
    apply(later, scope, [() => apply(wasPrevented, event, []) && note("prevented"), 0]);
  };

  /** @type {EventListener} */
  const onError = (event) => {
    if (!event.isTrusted) return;
    const target = apply(targetOf, event, []);
    if (target !== scope) {
      refusals.failed(event, target);
      return;
    }
    const value = apply(errorOf, event, []);
    const message = apply(messageOf, event, []);
    const absent = value === null || value === undefined;
    // Told to listeners, never thrown: a layout that needs one more frame.
    if (absent && apply(startsWith, message, ["ResizeObserver loop"])) return;
    hear(event, "page-error", [value], () => (absent ? message : describe(value)));
  };
  /** @type {EventListener} */
  const onRejection = (event) => {
    if (!event.isTrusted || refusals.isOwn(event)) return;
    const reason = apply(reasonOf, event, []);
    hear(event, "unhandled-rejection", [reason], () => describe(reason));
  };
  /** @type {EventListener} */
  const onWorkerError = (event) => {
    try {
      const message = apply(messageOf, event, []);
      if (event.isTrusted) report("page-error", "-", () => message);
    } catch {
      // Its file did not come: told where files are served.
    }
  };
  const attend = () => {
    apply(listen, scope, ["error", onError, true]);
    apply(listen, scope, ["unhandledrejection", onRejection, true]);
  };
  attend();

  const stop = Event.prototype.stopImmediatePropagation;
  Event.prototype.stopImmediatePropagation = function stopImmediatePropagation() {
    if (this === heard) note("stopped");
    apply(stop, this, []);
  };

  // Opening a document anew takes every listener of its window away; writing into one that is complete opens it.
  const stateOf = getter(Document.prototype, "readyState");
  const reopen = Document.prototype.open;
  for (const name of /** @type {const} */ (["open", "write", "writeln"])) {
    const real = /** @type {Function} */ (Document.prototype[name]);
    scope.Document.prototype[name] = /** @this {Document} @param {unknown[]} values */ function (...values) {
      if (name !== "open" && apply(stateOf, this, []) === "complete") {
        apply(reopen, this, []);
        attend();
      }
      const answer = apply(real, this, values);
      attend();
      return answer;
    };
  }

  for (const name of ["Worker", "SharedWorker"]) {
    const real = scope[name];
    if (typeof real !== "function") continue;
    scope[name] = new Proxy(real, {
      construct(target, values, made) {
        const worker = construct(target, values, made);
        apply(listen, worker, ["error", onWorkerError, true]);
        return worker;
      },
    });
    real.prototype.constructor = scope[name];
  }

  const looks = () => {
    if (scope.Promise !== OwnPromise || OwnPromise.prototype.then !== ownThen) note("promise");
  };
  apply(listen, scope, ["load", looks, true]);
  apply(later, scope, [looks, 2500]);

  /**
   * The page may put its own function in the place of `console.error`, or its own console in the place of `console`;
   * what is written as an error is told all the same, once however deeply replacements are nested.
   */
  const real = console;
  let inside = false;
  let excused = false;
  let nativeCalls = options.reports;
  const native = real.error;
  /** @param {Function} inner */
  const told = (inner) =>
    /** @this {unknown} @param {unknown[]} values */
    function error(...values) {
      if (inside) return apply(inner, real, values);
      inside = true;
      try {
        const cause = causeOf(values, false);
        excused = cause !== "-";
        report("console-error", cause, () => {
          let line = "";
          for (let at = 0; at < values.length && at < 20; at += 1) line += (at > 0 ? " " : "") + describe(values[at]);
          return line;
        });
        return apply(inner, real, values);
      } finally {
        inside = false;
      }
    };
  /** @type {any} */
  let current = told(
    /** @param {unknown[]} values */ (...values) => {
      if (excused) return;
      nativeCalls -= 1;
      if (nativeCalls >= 0) apply(native, real, values);
    },
  );
  const silent = () => {};
  for (const name of Object.keys(real)) {
    const member = /** @type {any} */ (real)[name];
    const answers = name === "error" || name === "createTask" || name === "context";
    if (!answers && typeof member === "function") /** @type {any} */ (real)[name] = silent;
  }
  /** @param {unknown} value */
  const setError = (value) => {
    if (value === current) return;
    note("console");
    current = typeof value === "function" ? told(value) : value;
  };
  define(real, "error", { configurable: false, enumerable: true, get: () => current, set: setError });

  /** @type {any} */
  let shown = real;
  /** @param {any} value */
  const setConsole = (value) => {
    if (value === shown) return;
    note("console");
    shown = value;
    if (typeof value !== "object" || value === null || value === real) return;
    shown = Object.create(value);
    let own = typeof value.error === "function" ? told(value.error) : value.error;
    /** @param {unknown} next */
    const set = (next) => {
      own = typeof next === "function" ? told(next) : next;
    };
    define(shown, "error", { configurable: false, enumerable: true, get: () => own, set });
  };
  define(scope, "console", { configurable: false, enumerable: false, get: () => shown, set: setConsole });

  /** @param {unknown} target @param {unknown} key @param {PropertyDescriptor} descriptor @returns {boolean} */
  const taken = (target, key, descriptor) => {
    const isError = key === "error" && (target === real || target === shown);
    if (!isError && !(target === scope && key === "console")) return false;
    const value = "value" in descriptor ? descriptor.value : descriptor.get && apply(descriptor.get, target, []);
    if (isError) setError(value);
    else setConsole(value);
    return true;
  };
  const defineReflected = Reflect.defineProperty;
  Object.defineProperty = /** @type {any} */ (
    function defineProperty(/** @type {any} */ target, /** @type {any} */ key, /** @type {any} */ descriptor) {
      return taken(target, key, descriptor) ? target : define(target, key, descriptor);
    }
  );
  Reflect.defineProperty = function defineProperty(target, key, descriptor) {
    return taken(target, key, descriptor) || defineReflected(target, key, descriptor);
  };

  /** @param {string} name @param {unknown} answer */
  const mute = (name, answer) => {
    scope[name] = () => {
      report("dialog", "-", () => name);
      return answer;
    };
  };
  mute("alert", undefined);
  mute("confirm", false);
  mute("prompt", null);
  mute("print", undefined);
  mute("open", null);
}
