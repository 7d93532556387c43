/**
 * Sluice: state channels for Ethereum and its rollups. The pure protocol (types, hashing, signing, rules), the pure core of
 * the engine, and the typed bindings of the contracts. The node that runs the engine is `sluice/node`.
 */
export * as ticTacToe from "./apps/ticTacToe";
export * from "./bindings";
export * as engine from "./engine";
export * from "./errors";
export * as payments from "./payments";
export * from "./protocol/destination";
export * from "./protocol/funding";
export * from "./protocol/hashing";
export * from "./protocol/locks";
export * from "./protocol/outcome";
export * from "./protocol/payout";
export * from "./protocol/rules";
export * from "./protocol/scalars";
export * from "./protocol/signing";
export * from "./protocol/types";
export * from "./protocol/vouchers";
