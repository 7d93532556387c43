/** Node's arguments that run TypeScript as the package scripts do. */
export const TYPESCRIPT = ["--require", "ts-node/register/transpile-only"];
