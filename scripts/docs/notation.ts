import { z } from "zod";

/** The part of JSON Schema that describes the API. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly description?: string;
  readonly type?: "string" | "number" | "integer" | "boolean" | "null" | "array" | "object";
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** What a schema accepts, as JSON Schema; types with a name are in `$defs`. */
export function schemaOf(type: z.ZodType): Schema {
  return z.toJSONSchema(type, { io: "input" }) as Schema;
}

/** A schema as people read it: `{ asset: Address, amount: Uint, to?: Position }`. */
export function notationOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace("#/$defs/", "");
  if (schema.allOf?.length === 1) return notationOf(schema.allOf[0]!);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(notationOf).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.items !== undefined) return arrayOf(notationOf(schema.items));
  if (schema.properties !== undefined) return objectOf(schema);
  return schema.type === "integer" ? "number" : (schema.type ?? "any");
}

function arrayOf(item: string): string {
  return item.includes(" | ") && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
}

function objectOf({ properties = {}, required = [] }: Schema): string {
  const fields = Object.entries(properties).map(
    ([name, schema]) => `${name}${required.includes(name) ? "" : "?"}: ${notationOf(schema)}`,
  );
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
