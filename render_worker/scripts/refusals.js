/**
 * Part of the guard: which errors of a page have no other cause than that we refused a request of it. Told by what
 * failed, not by what an error says: the very reason with which the browser rejected a refused request, what is built
 * around it, and what is said while the page reacts to the refusal.
 *
 * @param {string} origin of the site itself.
 */
export default function refusals(origin) {
  "use strict";
  const scope = /** @type {any} */ (window);
  const { apply, construct } = Reflect;
  const text = String;
  const { startsWith } = String.prototype;
  const later = scope.setTimeout;
  const listen = EventTarget.prototype.addEventListener;
  const then = Promise.prototype.then;
  const soon = scope.queueMicrotask;
  const { has, add } = WeakSet.prototype;
  const Address = URL;
  /** @param {object} owner @param {string} name @returns {Function} */
  const getter = (owner, name) => /** @type {Function} */ (Object.getOwnPropertyDescriptor(owner, name)?.get);
  const hrefOf = getter(URL.prototype, "href");
  const baseOf = getter(Node.prototype, "baseURI");
  const requestUrlOf = getter(Request.prototype, "url");
  const requestSignalOf = getter(Request.prototype, "signal");
  const abortedOf = getter(AbortSignal.prototype, "aborted");
  const targetOf = getter(Event.prototype, "target");
  const phaseOf = getter(Event.prototype, "eventPhase");
  const reasonOf = getter(PromiseRejectionEvent.prototype, "reason");
  const prevent = Event.prototype.preventDefault;
  const stop = Event.prototype.stopImmediatePropagation;
  const once = Object.assign(Object.create(null), { once: true });
  const OwnPromise = Promise;
  const ownOf = Object.getOwnPropertyDescriptor;
  const hasOwn = Object.prototype.hasOwnProperty;
  const exceptionNameOf = getter(DOMException.prototype, "name");
  const attributeOf = Element.prototype.getAttribute;
  const firstOf = Element.prototype.querySelector;

  /** Reasons, requests and elements of refused requests. @type {WeakSet<object>} */
  const refused = new WeakSet();
  /** @param {unknown} value */
  const mark = (value) => {
    if (typeof value === "object" && value !== null) apply(add, refused, [value]);
  };
  /** @param {unknown} value @returns {boolean} */
  const isMarked = (value) => typeof value === "object" && value !== null && apply(has, refused, [value]);

  const own = [`${origin}/`, `ws${apply(String.prototype.slice, origin, [4])}/`];
  const web = ["http:", "https:", "ws:", "wss:"];
  /** @param {unknown} address @returns {boolean} whether it is one that we refuse. */
  const isOutside = (address) => {
    try {
      const whole = apply(hrefOf, new Address(text(address), apply(baseOf, document, [])), []);
      /** @param {string} start */
      const begins = (start) => apply(startsWith, whole, [start]);
      return (begins(web[0]) || begins(web[1]) || begins(web[2]) || begins(web[3])) && !begins(own[0]) && !begins(own[1]);
    } catch {
      return false;
    }
  };

  /** How many refusals the page reacts to in the promise jobs that follow them. */
  let reacting = 0;
  /** The event of a refusal: in its handlers the page reacts to it. @type {Event | null} */
  let failure = null;
  const isReacting = () => reacting > 0 || (failure !== null && failure.isTrusted && apply(phaseOf, failure, []) !== 0);
  /** Rejections are told later, but in their order: those of a reaction between two of ours, which we alone hear. */
  const opening = {};
  const closing = {};
  let settling = 0;
  /** @param {object} reason */
  const reject = (reason) => new OwnPromise((_, no) => no(reason));
  /** @param {Event} event @returns {boolean} whether it tells a rejection of ours. */
  const isOwn = (event) => {
    const reason = event.isTrusted && apply(reasonOf, event, []);
    if (reason !== opening && reason !== closing) return false;
    settling += reason === opening ? 1 : -1;
    apply(prevent, event, []);
    apply(stop, event, []);
    return true;
  };
  const begin = () => {
    // Where a document was opened anew its listeners are gone.
    apply(listen, scope, ["unhandledrejection", isOwn, true]);
    reject(opening);
    let open = true;
    return () => {
      if (open) reject(closing);
      open = false;
    };
  };
  /** @param {number} jobs @param {() => void} end */
  const hop = (jobs, end) => apply(soon, scope, [() => (jobs > 0 ? hop(jobs - 1, end) : end())]);
  const react = () => {
    const end = begin();
    reacting += 1;
    hop(100, () => {
      reacting -= 1;
      end();
    });
  };
  let close = () => {};
  /** @param {Event} event whose other listeners are about to be called. @param {object} target @param {string} type */
  const reactTo = (event, target, type) => {
    failure = event;
    close = begin();
    // Added now, it is called last.
    apply(listen, target, [type, close, once]);
    apply(later, scope, [close, 0]);
  };
  const halt = /** @param {unknown} event */ (event) => event === failure && hop(100, close);
  for (const name of /** @type {const} */ (["stopPropagation", "stopImmediatePropagation"])) {
    const real = Event.prototype[name];
    Event.prototype[name] = function () {
      apply(real, this, []);
      halt(this);
    };
  }
  const bubble = /** @type {any} */ (ownOf(Event.prototype, "cancelBubble"));
  /** @this {Event} @param {unknown} value */
  const set = function (value) {
    apply(bubble.set, this, [value]);
    halt(this);
  };
  Object.defineProperty(Event.prototype, "cancelBubble", { ...bubble, set });
  // Other code of the page runs now.
  for (const name of ["load", "DOMContentLoaded"]) {
    apply(listen, scope, [name, /** @param {Event} event */ (event) => event.isTrusted && close(), true]);
  }
  /** @type {EventListener} */
  const onFailure = (event) => {
    if (!event.isTrusted) return;
    const target = apply(targetOf, event, []);
    mark(target);
    reactTo(event, target, "error");
  };

  /** @param {any} input @param {Function} read @param {any} otherwise */
  const natively = (input, read, otherwise) => {
    try {
      return apply(read, input, []);
    } catch {
      return otherwise;
    }
  };
  const realFetch = scope.fetch;
  /** @param {[any, any]} values */
  scope.fetch = function fetch(...values) {
    const answer = apply(realFetch, scope, values);
    if (!isOutside(natively(values[0], requestUrlOf, values[0]))) return answer;
    const signal = values[1]?.signal ?? natively(values[0], requestSignalOf, undefined);
    /** @param {unknown} reason */
    const failed = (reason) => {
      // What a page aborts with is its own.
      if (natively(signal, abortedOf, false)) return;
      mark(reason);
      react();
    };
    apply(then, answer, [undefined, failed]);
    return answer;
  };

  const realOpen = XMLHttpRequest.prototype.open;
  const realSend = XMLHttpRequest.prototype.send;
  /** @type {WeakSet<object>} */
  const away = new WeakSet();
  scope.XMLHttpRequest.prototype.open = /** @this {XMLHttpRequest} @param {any[]} values */ function open(...values) {
    apply(realOpen, this, values);
    if (!isOutside(values[1])) return;
    apply(add, away, [this]);
    apply(listen, this, ["error", onFailure, true]);
  };
  scope.XMLHttpRequest.prototype.send = /** @this {XMLHttpRequest} @param {any[]} values */ function send(...values) {
    try {
      apply(realSend, this, values);
    } catch (problem) {
      if (apply(has, away, [this]) && natively(problem, exceptionNameOf, "") === "NetworkError") mark(problem);
      throw problem;
    }
  };

  for (const name of ["WebSocket", "EventSource"]) {
    const real = scope[name];
    scope[name] = new Proxy(real, {
      construct(target, values, made) {
        const opened = construct(target, values, made);
        if (isOutside(values[0])) {
          apply(listen, opened, ["error", onFailure, true]);
          apply(listen, opened, ["close", onClosed, true]);
        }
        return opened;
      },
    });
    real.prototype.constructor = scope[name];
  }
  /** @type {EventListener} */
  const onClosed = (event) => {
    if (event.isTrusted) reactTo(event, apply(targetOf, event, []), "close");
  };
  if (typeof scope.WebTransport === "function") {
    scope.WebTransport = new Proxy(scope.WebTransport, {
      construct(target, values, made) {
        const opened = construct(target, values, made);
        if (isOutside(values[0])) {
          apply(then, opened.ready, [undefined, mark]);
          apply(then, opened.closed, [undefined, mark]);
        }
        return opened;
      },
    });
  }

  const places = ["src", "href", "data"];
  /** @param {unknown} element @returns {boolean} */
  const leadsOutside = (element) => {
    try {
      for (let at = 0; at < places.length; at += 1) {
        const value = apply(attributeOf, element, [places[at]]);
        if (value !== null && isOutside(value)) return true;
      }
    } catch {
      // Not an element.
    }
    return false;
  };
  const realPlay = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function play() {
    const answer = apply(realPlay, this, []);
    const named = apply(attributeOf, this, ["src"]) !== null;
    if (leadsOutside(named ? this : apply(firstOf, this, ["source"]))) apply(then, answer, [undefined, mark]);
    return answer;
  };

  /** What libraries hang the first cause of an error on. */
  const links = ["cause", "request", "reason", "error", "originalError", "target"];
  const ofEvents = [targetOf, getter(ErrorEvent.prototype, "error"), reasonOf];
  /**
   * Of a value its own alone: what a page puts on a prototype is no cause of what inherits it.
   *
   * @param {object} value @param {number} at @returns {unknown}
   */
  const linked = (value, at) => {
    try {
      if (at >= links.length) return apply(ofEvents[at - links.length], value, []);
      const held = ownOf(value, links[at]);
      return held && apply(hasOwn, held, ["value"]) ? held.value : undefined;
    } catch {
      // Not such an event, or a value that cannot be read: it has no cause.
      return undefined;
    }
  };
  /** @param {any} value @param {number} depth @returns {boolean} */
  const comesOfRefusal = (value, depth) => {
    if (typeof value !== "object" || value === null) return false;
    if (isMarked(value)) return true;
    if (depth === 0) return false;
    for (let at = 0; at < links.length + ofEvents.length; at += 1) {
      if (comesOfRefusal(linked(value, at), depth - 1)) return true;
    }
    return false;
  };

  return {
    /**
     * @param {unknown[]} values that were thrown, rejected with or written.
     * @param {boolean} rejected
     * @returns {boolean} whether that comes of a refusal.
     */
    isCause(values, rejected) {
      if (isReacting() || (settling > 0 && rejected)) return true;
      for (let at = 0; at < values.length && at < 20; at += 1) {
        if (comesOfRefusal(values[at], 3)) return true;
      }
      return false;
    },
    isOwn,
    mark,
    react,
    fetch: realFetch,
    /** @param {Event} event @param {object} target an element whose file did not come; its listeners are yet to be called. */
    failed(event, target) {
      if (!leadsOutside(target)) return;
      mark(target);
      reactTo(event, target, "error");
    },
  };
}
