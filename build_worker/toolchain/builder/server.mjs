/**
 * The warm builder: answers framed requests on standard input, one at a time, on standard output.
 *
 *     node server.mjs [WORK [TEMPORARY…]]
 *
 * `WORK/site` holds the job's files. All folders named are empty when a reply is sent. Default: `/job /tmp`. Exits with
 * 70 after the reply where it cannot be sure of itself any more; the reply is `declined` then.
 */

import './guard.mjs';
import fs from 'node:fs';
import { join } from 'node:path';

import { pack, payloads, unpack } from './frames.mjs';

process.env.NODE_ENV = 'production';
process.env.NO_COLOR = '1';
// The bundler's allocator gives memory back at once; it would keep a third of a gigabyte otherwise.
process.env.MIMALLOC_PURGE_DELAY = '0';
process.env.MIMALLOC_ARENA_EAGER_COMMIT = '0';
const answer = process.stdout.write.bind(process.stdout);
// Standard output belongs to the frames: whatever a library prints goes to standard error.
process.stdout.write = process.stderr.write.bind(process.stderr);

const FOLDERS = process.argv.length > 2 ? process.argv.slice(2) : ['/job', '/tmp'];
const folders = FOLDERS.map((folder) => fs.realpathSync.native(folder));
const root = join(folders[0], 'site');
fs.mkdirSync(root, { recursive: true });
process.chdir(root);

const { buildSite } = await import('./build.mjs');
const { warmUp } = await import('./warm.mjs');
const { clear, isClear, layOut } = await import('./workplace.mjs');

/** @type {unknown} what escaped every handler; from then on this process is not to be trusted */
let escaped;
/** @type {(error: unknown) => void} */
let interrupt = () => {};
process.on('uncaughtException', (error) => {
  escaped = error;
  interrupt(error);
});

/**
 * @param {import('./frames.mjs').Files} files
 * @param {string} modules
 * @returns {Promise<import('./build.mjs').Reply>}
 */
async function work(files, modules) {
  /** @type {Promise<never>} */
  const interrupted = new Promise((_, reject) => {
    interrupt = reject;
  });
  try {
    layOut(root, files, modules);
    return await Promise.race([buildSite(root, files, modules), interrupted]);
  } finally {
    clear(folders, root);
  }
}

/**
 * @param {unknown} error of the builder itself, or of what it was asked
 * @returns {import('./build.mjs').Reply}
 */
function apology(error) {
  const told = error instanceof Error ? error : new Error(String(error));
  const reason = `the builder: ${told.message}`.replaceAll(/\s+/g, ' ').slice(0, 300);
  return { kind: 'declined', reason, log: told.stack ?? reason, files: new Map(), facts: {} };
}

/** @param {Buffer} frame @returns {Promise<void>} */
function send(frame) {
  return new Promise((resolve) => {
    answer(frame, () => resolve());
  });
}

clear(folders, root);
await warmUp(work);

let jobs = 0;
for await (const payload of payloads(process.stdin)) {
  const { files, ...reply } = await Promise.resolve(payload)
    .then(unpack)
    .then((request) => work(request.files, request.header.modules))
    .catch(apology);
  jobs += 1;
  reply.facts = { ...reply.facts, builder_jobs: jobs, builder_rss_bytes: process.memoryUsage.rss() };
  await send(pack(reply, files));
  if (escaped !== undefined || !isClear(folders, root)) process.exit(70);
}
