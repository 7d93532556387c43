export type { OnionCurve } from "./curve";
export * from "./failure";
export * from "./onion";
export * from "./payload";
