import { expect, test } from "vitest";
import { nameOf, say } from "../src/api/text.ts";

test("text is said in the language, else in the nearest one", () => {
  const text = { en: "Pumps", "zh-Hant": "水泵" };
  expect(say(text, "en")).toBe("Pumps");
  expect(say(text, "zh-Hans")).toBe("水泵");
  expect(say("plain", "zh-Hant")).toBe("plain");
  expect(say(null, "en")).toBe("");
  expect(say({ fr: "Pompes" }, "en")).toBe("Pompes");
});

test("a name is found by how its field ends", () => {
  const building = { OBJECTID: 3, OFFICIALBUILDINGNAMEEN: "Passenger Terminal 1", OFFICIALBUILDINGNAMETC: "一號客運大樓" };
  expect(nameOf(building, "en")).toBe("Passenger Terminal 1");
  expect(nameOf(building, "zh-Hant")).toBe("一號客運大樓");
  expect(nameOf(building, "zh-Hans")).toBe("一號客運大樓");
  expect(nameOf({ name: "Duct", name_zh: "風管" }, "zh-Hant")).toBe("風管");
  expect(nameOf({ name: "Duct" }, "zh-Hant")).toBe("Duct");
  expect(nameOf({ colour: "red" }, "en")).toBe("");
});
