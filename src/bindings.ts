/**
 * The typed bindings of the contracts, as TypeChain generates them: `X` is a contract to talk to, `X__factory` connects
 * to it, deploys it and knows its ABI and bytecode.
 */
export type { Adjudicator } from "../typechain-types/contracts/Adjudicator";
export type { AssetHolder } from "../typechain-types/contracts/AssetHolder";
export type { PaymentApp } from "../typechain-types/contracts/apps/PaymentApp";
export type { TicTacToe } from "../typechain-types/contracts/apps/TicTacToe";
export type { TurnTakingApp } from "../typechain-types/contracts/apps/TurnTakingApp";
export type { LockSet } from "../typechain-types/contracts/escrows/LockSet";
export type { IAdjudicator } from "../typechain-types/contracts/interfaces/IAdjudicator";
export type { IApp } from "../typechain-types/contracts/interfaces/IApp";
export type { IAssetHolder } from "../typechain-types/contracts/interfaces/IAssetHolder";
export type { IRegistry } from "../typechain-types/contracts/interfaces/IRegistry";
export type { PreimageRegistry } from "../typechain-types/contracts/registries/PreimageRegistry";
export type { ScalarRegistry } from "../typechain-types/contracts/registries/ScalarRegistry";
export type { ThresholdRegistry } from "../typechain-types/contracts/registries/ThresholdRegistry";

export { Adjudicator__factory } from "../typechain-types/factories/contracts/Adjudicator__factory";
export { AssetHolder__factory } from "../typechain-types/factories/contracts/AssetHolder__factory";
export { PaymentApp__factory } from "../typechain-types/factories/contracts/apps/PaymentApp__factory";
export { TicTacToe__factory } from "../typechain-types/factories/contracts/apps/TicTacToe__factory";
export { TurnTakingApp__factory } from "../typechain-types/factories/contracts/apps/TurnTakingApp__factory";
export { LockSet__factory } from "../typechain-types/factories/contracts/escrows/LockSet__factory";
export { IAdjudicator__factory } from "../typechain-types/factories/contracts/interfaces/IAdjudicator__factory";
export { IApp__factory } from "../typechain-types/factories/contracts/interfaces/IApp__factory";
export { IAssetHolder__factory } from "../typechain-types/factories/contracts/interfaces/IAssetHolder__factory";
export { IRegistry__factory } from "../typechain-types/factories/contracts/interfaces/IRegistry__factory";
export { PreimageRegistry__factory } from "../typechain-types/factories/contracts/registries/PreimageRegistry__factory";
export { ScalarRegistry__factory } from "../typechain-types/factories/contracts/registries/ScalarRegistry__factory";
export { ThresholdRegistry__factory } from "../typechain-types/factories/contracts/registries/ThresholdRegistry__factory";
