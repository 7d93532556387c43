import { expect } from "chai";
import hre from "hardhat";
import { productContracts } from "../../scripts/build/contracts";
import * as sluice from "../../src";
import { compileSolidity, compileTypeScript, LocalNode, runProgram, Strangers, type ModuleSystem } from "./consumer";

describe("the package", function () {
  this.timeout(300_000);

  let strangers: Strangers;
  let node: LocalNode;

  before(async () => {
    strangers = await Strangers.pack();
    node = await LocalNode.start();
  });

  after(() => {
    node.stop();
    strangers.remove();
  });

  describe("contents", () => {
    it("include the licence, the sources, the declarations and an ABI with bytecode for every contract", async () => {
      const names = (await productContracts(hre)).map(({ contractName }) => contractName);
      const expected = ["LICENSE", "contracts/Adjudicator.sol", "dist/esm/src/index.js", "dist/cjs/src/index.js"];
      expect(strangers.files).to.include.members([...expected, ...names.map((name) => `dist/abi/${name}.json`)]);
    });

    it("include no test contracts, no tests and no tools", () => {
      const foreign = /^(contracts\/test|test|scripts|reports|data|artifacts|cache|node_modules)\//;
      expect(strangers.files.filter((path) => foreign.test(path))).to.deep.equal([]);
    });

    it("export a factory for every contract", async () => {
      const names = (await productContracts(hre)).map(({ contractName }) => `${contractName}__factory`);
      expect(Object.keys(sluice)).to.include.members(names);
    });
  });

  for (const type of ["module", "commonjs"] as const satisfies readonly ModuleSystem[]) {
    describe(`in a fresh TypeScript project of type "${type}"`, () => {
      let project: string;

      before(async () => {
        project = await strangers.install(type);
      });

      it("type-checks strictly, declarations of libraries included", async () => {
        expect(await compileTypeScript(project)).to.equal("");
      });

      it("deploys and closes a channel through the bindings", async () => {
        expect(await runProgram(project, "index", node.url)).to.deep.equal({ paid: "10", held: "0" });
      });

      it("opens a channel between two nodes, pays and closes", async () => {
        expect(await runProgram(project, "node", node.url)).to.deep.equal({ phase: "closed", paid: "3" });
      });

      it("compiles apps that import the interface and the base of games", () => {
        expect(compileSolidity(project, "Apps.sol")).to.deep.equal({ errors: [], contracts: ["Lenient", "Pastime"] });
      });
    });
  }
});
