import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Forecast, type Growth } from "../../../src/picker/schedule/forecast.ts";

function growth(tokens: number, steps: number, startsIn = 0, perStep = 1): Growth {
  return { startsIn, tokens, perStep, steps };
}

describe("a forecast of the KV cache", () => {
  test("of nothing is what the newcomer comes to hold", () => {
    assert.equal(new Forecast([], 0).peak(growth(100, 50)), 150);
  });

  test("counts load that does not change all the time", () => {
    assert.equal(new Forecast([], 30).peak(growth(100, 50)), 180);
  });

  test("peaks right before the end of the request whose leaving matters", () => {
    // 100 + 20 and 0 + 20 at step 20; afterwards the newcomer alone, 80 at its end.
    assert.equal(new Forecast([growth(100, 20)], 0).peak(growth(0, 80)), 140);
  });

  test("sees that a request near its end leaves before the newcomer has grown", () => {
    assert.equal(new Forecast([growth(900, 1)], 0).peak(growth(100, 1_000)), 1_100);
  });

  test("does not mind a peak after the newcomer's end", () => {
    const forecast = new Forecast([growth(0, 1_000)], 0);
    assert.equal(forecast.peak(growth(10, 10)), 30);
  });

  test("counts requests that start later from their start on", () => {
    const forecast = new Forecast([growth(100, 10), growth(500, 10, 10)], 0);
    assert.equal(forecast.peak(growth(0, 10)), 120);
    assert.equal(forecast.peak(growth(0, 15)), 500 + 5 + 15);
  });

  test("grows by as many tokens a step as there are answers", () => {
    assert.equal(new Forecast([growth(0, 10, 0, 4)], 0).peak(growth(0, 10)), 50);
  });

  test("says how many of a kind fit at once", () => {
    const forecast = new Forecast([growth(100, 50)], 0);
    assert.equal(forecast.places(1_000, growth(100, 50)), 5);
    assert.equal(forecast.places(1_050, growth(100, 50)), 6);
    assert.equal(forecast.places(120, growth(100, 50)), 0);
  });

  test("says how many of a kind fit beside another newcomer", () => {
    const forecast = new Forecast([], 0);
    assert.equal(forecast.places(600, growth(100, 50), growth(300, 10)), 2);
    assert.equal(forecast.places(600, growth(100, 50), growth(300, 100)), 1);
  });
});
