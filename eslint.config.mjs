import eslint from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const PURE = "The protocol runs in browsers and in proofs: it may import ethers and its own files, nothing else.";

const CORE =
  "The engine is a pure function: it may import itself, the protocol, the rules of apps, errors and types of ports.";
const PAYMENTS =
  "Payments are computed in browsers: they may import themselves, the protocol, errors, types of ports and pure libraries.";
const EDGE = "(adapters|bindings|cli|node|rpc|wire)(/|$)";
const SHELL = "(adapters|apps|bindings|cli|engine|node|rpc|wire)(/|$)";
const CHANCE = "Time and chance come into a step through its context and its events.";

const IMPURE_GLOBALS = [
  "error",
  ...["process", "Buffer", "global", "globalThis", "setTimeout", "setInterval", "setImmediate", "queueMicrotask"],
  ...["Date", "performance", "crypto", "fetch"].map((name) => ({ name, message: CHANCE })),
];
const IMPURE_PROPERTIES = ["error", { object: "Math", property: "random", message: CHANCE }];

export default defineConfig(
  globalIgnores([
    "artifacts/",
    "cache/",
    "coverage/",
    "dist/",
    "ignition-local/",
    "test/package/fixture/", // compiled, strictly, by the package test
    "typechain-types/",
  ]),
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Strict index access is on in tsconfig.json: "!" is how an index that is known to exist says so.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowBoolean: true, allowNever: true, allowNumber: true },
      ],
      "@typescript-eslint/prefer-for-of": "off",
      eqeqeq: "error",
      "no-console": "error",
      "no-warning-comments": "error",
    },
  },
  {
    files: ["src/protocol/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { regex: "^(?!ethers$|\\.{1,2}/)", message: PURE },
            { group: ["**/typechain-types/**", "**/bindings", "hardhat*"], message: PURE },
          ],
        },
      ],
      "no-restricted-globals": ["error", "process", "Buffer", "global", "setTimeout", "setInterval"],
    },
  },
  {
    files: ["src/engine/**/*.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            { regex: `^(?!\\./|(\\.\\./){1,2}(?!${EDGE}))`, message: CORE },
            { regex: "^(\\.\\./)+ports/", allowTypeImports: true, message: CORE },
          ],
        },
      ],
      "no-restricted-globals": IMPURE_GLOBALS,
      "no-restricted-properties": IMPURE_PROPERTIES,
    },
  },
  {
    files: ["src/payments/**/*.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^(?!\\./|(\\.\\./){1,2}(?!${SHELL}|\\.\\./)|(ethers|zod|graphology(-[a-z-]+)?)$|@noble/|@scure/base$)`,
              message: PAYMENTS,
            },
            { regex: "^(\\.\\./)+ports/", allowTypeImports: true, message: PAYMENTS },
            { group: ["@noble/**"], importNames: ["randomBytes"], message: CHANCE },
          ],
        },
      ],
      "no-restricted-globals": IMPURE_GLOBALS,
      "no-restricted-properties": IMPURE_PROPERTIES,
    },
  },
  {
    files: ["scripts/**/*.ts", "deploy/**/*.ts"],
    rules: { "no-console": "off" },
  },
  {
    files: ["hardhat.config.ts"], // the compiler and `runSuper` come without types
    rules: {
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/explicit-module-boundary-types": "off",
      "@typescript-eslint/no-unused-expressions": "off", // expect(x).to.be.true
      "@typescript-eslint/only-throw-error": "off",
    },
  },
  {
    files: ["**/*.js"],
    languageOptions: { sourceType: "commonjs", globals: { module: "writable", require: "readonly" } },
  },
);
