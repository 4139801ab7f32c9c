/** Types of the toolchain's packages that bring none, as far as our own scripts use them. */

declare module 'picomatch' {
  interface Options {
    dot?: boolean;
  }
  /** A test for paths that match any of the globs. */
  export default function picomatch(globs: string | readonly string[], options?: Options): (path: string) => boolean;
}

declare module 'postcss-import' {
  import type { Plugin } from 'postcss';
  export default function postcssImport(options?: Record<string, unknown>): Plugin;
}

declare module 'tailwindcss-3/lib/lib/load-config.js' {
  const loading: {
    /** `make` answers with what loads a configuration file in Tailwind's place. */
    useCustomJiti(make: () => (path: string) => unknown): void;
  };
  export default loading;
}

declare module 'tailwindcss-3/lib/lib/sharedState.js' {
  const state: Record<
    'contextMap' | 'configContextMap' | 'contextSourcesMap' | 'sourceHashMap',
    Map<unknown, unknown>
  >;
  export default state;
}
