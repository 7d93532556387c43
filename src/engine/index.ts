/** The pure core of the engine: what a participant does about one channel. Runs anywhere, a browser included. */
export * from "./apps";
export * from "./calls";
export * from "./change";
export * from "./channel";
export * from "./context";
export * from "./effects";
export * from "./messages";
export { joinChannel, openChannel, requireValidTerms, type StepResult, type Terms } from "./opening";
export { resume, step, type ChannelEvent } from "./step";
