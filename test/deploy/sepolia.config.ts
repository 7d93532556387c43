import type { HardhatUserConfig } from "hardhat/config";
import config from "../../hardhat.config";

/** A local chain that says it is Sepolia. */
const sepolia: HardhatUserConfig = {
  ...config,
  networks: { ...config.networks, hardhat: { ...config.networks?.hardhat, chainId: 11155111 } },
};

export default sepolia;
