/**
 * The warm builder: answers framed requests on standard input, one at a time, on standard output.
 *
 *     node server.mjs [WORK [TEMPORARY…]]
 *
 * `WORK/site` holds the job's files. All folders named are empty when a reply is sent. Default: `/job /tmp`.
 */

import './guard.mjs';
import fs from 'node:fs';
import { join } from 'node:path';

import { pack, payloads, unpack } from './frames.mjs';

process.env.NODE_ENV = 'production';
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
const { clear, layOut } = await import('./workplace.mjs');

/**
 * @param {Buffer} payload
 * @returns {Promise<import('./build.mjs').Reply>}
 */
async function work(payload) {
  try {
    const { header, files } = unpack(payload);
    layOut(root, files, header.modules);
    return await buildSite(root, files, header.modules);
  } catch (error) {
    const reason = `the builder: ${error instanceof Error ? error.message : error}`.slice(0, 300);
    return { kind: 'declined', reason, log: String(error instanceof Error ? error.stack : error), files: new Map(), facts: {} };
  } finally {
    clear(folders, root);
  }
}

clear(folders, root);
await warmUp((files, modules) => {
  layOut(root, files, modules);
  return buildSite(root, files, modules).finally(() => clear(folders, root));
});

let jobs = 0;
for await (const payload of payloads(process.stdin)) {
  const { files, ...reply } = await work(payload);
  jobs += 1;
  reply.facts = { ...reply.facts, builder_jobs: jobs, builder_rss_bytes: process.memoryUsage.rss() };
  answer(pack(reply, files));
}
