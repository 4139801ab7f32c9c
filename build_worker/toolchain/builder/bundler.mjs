/**
 * The bundler's configuration for one job: ours, with what the plan read from the project.
 *
 * @typedef {import('./config/types.mjs').Plan} Plan
 *
 * @typedef {object} Job
 * @property {string} root folder of the job's files
 * @property {string} modules real path of its `node_modules`
 * @property {ReadonlyMap<string, string>} texts its text files
 * @property {import('./styles.mjs').Clock} clock
 * @property {string[]} warnings one line each, filled while the bundler runs
 */

import react from '@vitejs/plugin-react';
import { mergeConfig } from 'vite';

import { plain, relative } from './failures.mjs';
import { guardPlugin } from './guard.mjs';
import { globPlugin } from './requests.mjs';
import { postcssPlugins } from './styles.mjs';
import { tailwindFour } from './styles4.mjs';

const MAX_WARNINGS = 20;
const MAX_WARNING = 300;

/**
 * @param {Plan} plan
 * @param {Job} job
 * @returns {import('vite').InlineConfig}
 * @throws {import('./config/types.mjs').Declined}
 */
export function bundlerConfig(plan, job) {
  /** @type {import('vite').InlineConfig} */
  const ours = {
    root: job.root,
    base: '/',
    mode: 'production',
    configFile: false,
    cacheDir: `${job.root}/node_modules/.vite`,
    logLevel: 'silent', // the native reporter would print between the frames
    customLogger: logger(job),
    plugins: plugins(plan, job),
    worker: { plugins: () => guards(job) },
    css: { postcss: { plugins: postcssPlugins(plan, job.texts, job.clock) }, lightningcss: { errorRecovery: true } },
    build: {
      write: false,
      reportCompressedSize: false,
      // Lightning CSS rounds colours to eight bits and drops an unprefixed property beside its prefixed twin.
      cssMinify: false,
      copyPublicDir: false,
      sourcemap: false,
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  };
  return mergeConfig(ours, plan.vite);
}

/** @param {Plan} plan @param {Job} job @returns {import('vite').PluginOption[]} */
function plugins({ react: jsx, tailwind }, job) {
  return [
    ...guards(job),
    jsx && react({ jsxRuntime: jsx.jsxRuntime, jsxImportSource: jsx.jsxImportSource }),
    tailwind?.major === 4 && tailwindFour(tailwind, job),
  ];
}

/** @param {Job} job @returns {import('vite').Plugin[]} */
function guards({ root, modules }) {
  return [guardPlugin(root, modules), globPlugin(root)];
}

/**
 * Collects warnings; says nothing on its own.
 *
 * @param {Job} job
 * @returns {import('vite').Logger}
 */
function logger({ warnings, ...places }) {
  const once = new Set();
  /** @param {string} message */
  const warn = (message) => {
    if (warnings.length >= MAX_WARNINGS) return;
    const line = relative(plain(message), places).replaceAll(/\s+/g, ' ').trim();
    warnings.push(line.slice(0, MAX_WARNING));
  };
  return {
    hasWarned: false,
    info: () => {},
    warn,
    warnOnce: (message) => once.has(message) || (once.add(message), warn(message)),
    error: () => {},
    clearScreen: () => {},
    hasErrorLogged: () => false,
  };
}
