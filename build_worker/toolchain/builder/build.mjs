/**
 * One job: files and a dependency set in, a bundle or the reason for none out. Everything stays in memory but the
 * job's own files.
 *
 * @typedef {import('./frames.mjs').Files} Files
 *
 * @typedef {object} Reply
 * @property {'built' | 'failed' | 'declined'} kind
 * @property {string} log
 * @property {string} reason
 * @property {Files} files what is served, by path; empty unless built
 * @property {Record<string, unknown>} facts
 */

import fs from 'node:fs';

import { build } from 'vite';

import { bundlerConfig } from './bundler.mjs';
import { readPlan } from './config/plan.mjs';
import { Declined } from './config/types.mjs';
import { ending } from './failures.mjs';
import { guard } from './guard.mjs';
import { checkTypescript } from './requests.mjs';
import { bytesByKind, scriptFacts } from './sizes.mjs';
import { Clock, forgetStyles } from './styles.mjs';

/** @typedef {import('./bundler.mjs').Job & {files: Files, seconds: Record<string, number>}} FullJob */

/**
 * Build what lies in a folder.
 *
 * @param {string} root folder of the job's files, by its real path; `node_modules` in it is a link to `modules`
 * @param {Files} files the same files
 * @param {string} modules
 * @returns {Promise<Reply>}
 */
export async function buildSite(root, files, modules) {
  const job = open(root, files, modules);
  const environment = { ...process.env };
  const leave = guard([root, job.modules]);
  /** @type {unknown} */
  let error;
  /** @type {Files} */
  let bundle = new Map();
  try {
    bundle = await bundled(job);
  } catch (thrown) {
    error = thrown ?? new Error('the bundler threw nothing');
  }
  const refused = leave();
  restore(environment);
  forgetStyles();
  if (error === undefined && refused.length === 0) return reply(job, 'built', bundle, '', '');
  const { kind, log, reason } = ending(error, refused, job);
  return reply(job, kind, new Map(), log, reason);
}

/** @param {string} root @param {Files} files @param {string} modules @returns {FullJob & {facts: object}} */
function open(root, files, modules) {
  const texts = new Map([...files].map(([path, content]) => [path, content.toString('utf8')]));
  const real = fs.realpathSync.native(modules);
  return { root, files, texts, modules: real, clock: new Clock(), warnings: [], seconds: {}, facts: {} };
}

/** @param {FullJob & {facts: object}} job @returns {Promise<Files>} */
async function bundled(job) {
  const plan = timed(job, 'read_config', () => planned(job));
  const output = await run(plan, job);
  return timed(job, 'write', () => {
    const bundle = served(output, plan.vite.publicDir ?? `${job.root}/public`, job);
    const sizes = [...bundle].map(([path, content]) => /** @type {[string, number]} */ ([path, content.length]));
    job.facts = { ...scriptFacts(output, job), bytes_by_kind: bytesByKind(sizes) };
    letGo(output);
    return bundle;
  });
}

/**
 * @param {import('./config/types.mjs').Plan} plan
 * @param {FullJob} job
 * @returns {Promise<any[]>} the bundler's output
 */
async function run(plan, job) {
  const began = performance.now();
  try {
    const result = await build(bundlerConfig(plan, job));
    return /** @type {any} */ (Array.isArray(result) ? result[0] : result).output;
  } finally {
    job.seconds.styles = job.clock.seconds;
    job.seconds.bundle = (performance.now() - began) / 1000 - job.seconds.styles;
  }
}

/** @param {FullJob} job @returns {import('./config/types.mjs').Plan} */
function planned({ texts, root }) {
  checkTypescript(texts);
  const reading = readPlan(texts, root);
  if ('declined' in reading) throw new Declined(reading.declined);
  return reading.plan;
}

/**
 * The public folder's files, and over them what the bundler made.
 *
 * @param {any[]} output
 * @param {string | false} publicDir
 * @param {FullJob} job
 * @returns {Files}
 */
function served(output, publicDir, { files, root }) {
  const prefix = publicDir ? `${publicDir}/`.replace(`${root}/`, '') : '';
  /** @type {Files} */
  const bundle = new Map();
  for (const [path, content] of prefix ? files : []) {
    if (path.startsWith(prefix)) bundle.set(path.slice(prefix.length), content);
  }
  for (const item of output) bundle.set(item.fileName, Buffer.from(item.type === 'chunk' ? item.code : item.source));
  return bundle;
}

/**
 * The native bundler never lets go of a build's options, through which Vite holds every module's rendered text.
 *
 * @param {any[]} output
 */
function letGo(output) {
  for (const { viteMetadata } of output) if (viteMetadata?.__modules) viteMetadata.__modules = {};
}

/**
 * @template T
 * @param {{seconds: Record<string, number>}} job
 * @param {string} phase
 * @param {() => T} work
 * @returns {T}
 */
function timed({ seconds }, phase, work) {
  const began = performance.now();
  try {
    return work();
  } finally {
    seconds[phase] = (performance.now() - began) / 1000;
  }
}

/** @param {NodeJS.ProcessEnv} environment as it was before the job, whose `.env` may have added to it */
function restore(environment) {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(environment, name)) delete process.env[name];
  Object.assign(process.env, environment);
}

/**
 * @param {FullJob & {facts: object}} job
 * @param {Reply['kind']} kind
 * @param {Files} files
 * @param {string} log
 * @param {string} reason
 * @returns {Reply}
 */
function reply({ warnings, seconds, facts }, kind, files, log, reason) {
  const rounded = Object.entries(seconds).map(([phase, value]) => [phase, Math.round(value * 10_000) / 10_000]);
  return { kind, log, reason, files, facts: { ...facts, warnings, seconds: Object.fromEntries(rounded) } };
}
