/**
 * What is deployed, in this order. None of these has an owner, so each is the same for everybody, and one instance per
 * chain is enough.
 */
export const CONTRACTS = [
  "Adjudicator",
  "TicTacToe",
  "PreimageRegistry",
  "ScalarRegistry",
  "ThresholdRegistry",
  "LockSet",
  "PaymentApp",
] as const;

export type ContractName = (typeof CONTRACTS)[number];

/** Constructor arguments: the addresses of contracts that are deployed before. The others have none. */
export const ARGUMENTS: Readonly<Partial<Record<ContractName, readonly ContractName[]>>> = {
  LockSet: ["Adjudicator"],
  PaymentApp: ["LockSet"],
};

/**
 * The CREATE2 salt of every contract: keccak256("Sluice"). An address depends on this, on the bytecode and on the
 * factory, and on nothing else: not on the chain, the deployer or the order.
 */
export const SALT = "0xd5a819f6db6a62bb21b486ec4fa7b0e5191106ceb4bfda5285957aeaef5a09dc";

/** The CreateX factory, which the `create2` strategy of Ignition deploys through; at this address on every chain. */
export const FACTORY = "0xba5Ed099633D3B313e4D5F7bdc1305d3c28ba5Ed";
