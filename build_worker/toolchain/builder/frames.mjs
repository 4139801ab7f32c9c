/**
 * The wire between the worker and the builder. A frame is four bytes, big-endian, with the length of what follows. Its
 * payload is again a length, a JSON header of that length, and the contents of the header's `files` one after another.
 *
 * @typedef {Map<string, Buffer>} Files contents by relative path
 */

const LENGTH = 4;

/**
 * The payloads that arrive, one after another. Ends with the stream; a frame that the end cuts short is dropped.
 *
 * @param {AsyncIterable<Buffer>} stream
 * @returns {AsyncGenerator<Buffer>}
 */
export async function* payloads(stream) {
  /** @type {Buffer[]} */
  let parts = [];
  let held = 0;
  for await (const part of stream) {
    parts.push(part);
    held += part.length;
    while (held >= LENGTH) {
      if (parts[0].length < LENGTH) parts = [Buffer.concat(parts)];
      const end = LENGTH + parts[0].readUInt32BE(0);
      if (held < end) break;
      const all = Buffer.concat(parts);
      parts = [all.subarray(end)];
      held = all.length - end;
      yield all.subarray(LENGTH, end);
    }
  }
}

/**
 * @param {Buffer} payload
 * @returns {{header: Record<string, any>, files: Files}}
 * @throws {Error} where lengths and contents disagree
 */
export function unpack(payload) {
  const begin = LENGTH + payload.readUInt32BE(0);
  const header = JSON.parse(payload.toString('utf8', LENGTH, begin));
  /** @type {Files} */
  const files = new Map();
  let at = begin;
  for (const [path, size] of header.files) {
    files.set(path, payload.subarray(at, at + size));
    at += size;
  }
  if (at !== payload.length) throw new Error(`the request holds ${payload.length} bytes, its header speaks of ${at}`);
  return { header, files };
}

/**
 * A whole frame.
 *
 * @param {Record<string, unknown>} fields the header without `files`
 * @param {Files} files
 * @returns {Buffer}
 */
export function pack(fields, files) {
  const named = [...files].map(([path, content]) => [path, content.length]);
  const header = Buffer.from(JSON.stringify({ ...fields, files: named }));
  const body = Buffer.concat([length(header.length), header, ...files.values()]);
  return Buffer.concat([length(body.length), body]);
}

/** @param {number} value @returns {Buffer} */
function length(value) {
  const bytes = Buffer.alloc(LENGTH);
  bytes.writeUInt32BE(value);
  return bytes;
}
