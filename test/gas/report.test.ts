import { expect } from "chai";
import { filesOf, readLimits, readPeers, readReport, readText } from "../../scripts/gas/files";
import { bestPeer, findImprovements, findOverLimit, findRegressions } from "../../scripts/gas/report";
import { SCENARIOS } from "../../scripts/gas/scenarios";

describe("gas report", () => {
  const report = { compiler: "solc", evmVersion: "prague", rows: { open: 100, close: 50 } };

  describe("as committed", () => {
    it("has a row for every scenario, and no other", () => {
      expect(Object.keys(readReport().rows)).to.deep.equal(Object.keys(SCENARIOS));
    });

    it("names its rows as the peers' file does, but for those that no peer has", () => {
      const ours = ["scalar-reveal", "eth-dispute-with-one-lock-in-voucher"];
      const shared = Object.keys(SCENARIOS).filter((row) => !ours.includes(row));
      expect(Object.keys(readPeers().rows)).to.include.members(shared);
    });

    it("keeps every limit", () => {
      expect(findOverLimit(readReport(), readLimits())).to.deep.equal([]);
    });

    for (const [path, content] of Object.entries(filesOf(readReport()))) {
      it(`is what ${path} was generated from`, () => {
        expect(readText(path) === content, `${path} is stale; to write it anew: npm run gas`).to.equal(true);
      });
    }
  });

  describe("compared with a fresh measurement", () => {
    it("accepts equal numbers", () => {
      expect(findRegressions(report, report, { open: 100 })).to.deep.equal([]);
    });

    it("names a row that became dearer, what it was and is, and how to accept it", () => {
      const [message, ...others] = findRegressions(report, { ...report, rows: { open: 1_101, close: 50 } }, {});
      expect(others).to.deep.equal([]);
      expect(message).to.match(/^open: was 100, is 1,101 \(\+1,001\)\. To accept it: npm run gas,/);
    });

    it("names a row above its limit, even one that did not change", () => {
      const [message] = findRegressions(report, report, { close: 49 });
      expect(message).to.match(/^close: is 50, may be 49 \(scripts\/gas\/limits\.json\)/);
    });

    it("names a row that nobody committed", () => {
      const [message] = findRegressions(report, { ...report, rows: { ...report.rows, splice: 1 } }, {});
      expect(message).to.match(/^splice: is not in reports\/gas\.json/);
    });

    it("names a row that is no longer measured", () => {
      const [message] = findRegressions(report, { ...report, rows: { open: 100 } }, {});
      expect(message).to.match(/^close: is in reports\/gas\.json, but is no longer measured/);
    });

    it("names a limit without a row", () => {
      expect(findOverLimit(report, { splice: 1 })).to.deep.equal(["splice: has a limit, but was not measured."]);
    });

    it("mentions rows that became cheaper, without failing", () => {
      const cheaper = { ...report, rows: { open: 99, close: 50 } };
      expect(findRegressions(report, cheaper, {})).to.deep.equal([]);
      expect(findImprovements(report, cheaper)).to.deep.equal(["open: was 100, is 99."]);
    });
  });

  describe("best peer", () => {
    it("is the cheapest that does the whole work", () => {
      const peers = { about: "", rows: { open: { dear: 9, "cheap one side only": 1, cheaper: 5 } } };
      expect(bestPeer(peers, "open")).to.deep.equal({ name: "cheaper", gas: 5 });
    });

    it("is nobody where no peer has a number", () => {
      expect(bestPeer({ about: "", rows: {} }, "open")).to.equal(undefined);
    });
  });
});
