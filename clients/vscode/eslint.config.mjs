import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const pure = [
  'src/model/**',
  'src/wire.ts',
  'src/wire-questions.ts',
  'src/server/crash-policy.ts',
  'src/server/server-location.ts',
];

export default tseslint.config(
  { ignores: ['dist/', 'server/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // Logic stays free of the editor, so that it can be tested without one.
    files: pure,
    rules: { 'no-restricted-imports': ['error', { paths: ['vscode', 'vscode-languageclient'] }] },
  },
  {
    files: ['test/**'],
    // node:test's describe/it return promises that the runner awaits.
    rules: { '@typescript-eslint/no-floating-promises': 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
