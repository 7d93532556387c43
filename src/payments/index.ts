/** Payments over several hops: what a payee asks for, what hops are told, and keys of locks that hops cannot link. */
export * from "./onion";
export * from "./points";
