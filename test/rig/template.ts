import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type PhysicalId, type Pseudo, physicalIdOf } from "./physicalIds.ts"

/** A resource of a template, with every intrinsic function in its properties worked out. */
export interface StackResource {
  readonly logicalId: string
  readonly type: string
  readonly properties: Properties
  readonly metadata: Properties
}

export interface Properties {
  readonly [name: string]: any
}

interface RawResource {
  readonly Type: string
  readonly Properties?: Properties
  readonly Metadata?: Properties
  readonly Condition?: string
}

export interface RawTemplate {
  readonly Resources: { readonly [logicalId: string]: RawResource }
  readonly Conditions?: Properties
  readonly Mappings?: Properties
  readonly Outputs?: Properties
  readonly Parameters?: { readonly [name: string]: { readonly Default?: unknown } }
}

/** What stands for a property that is not there: `{ "Ref": "AWS::NoValue" }`. */
const noValue = Symbol("AWS::NoValue")

/**
 * A synthesized template, as CloudFormation reads it: intrinsic functions by
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html. What the rig does not know
 * is an error, never a guess.
 */
export class Stack {
  private readonly template: RawTemplate
  private readonly pseudo: Pseudo
  private readonly physicalIds = new Map<string, PhysicalId>()

  constructor(template: RawTemplate, pseudo: Pseudo) {
    this.template = template
    this.pseudo = pseudo
  }

  get region(): string {
    return this.pseudo.region
  }

  get accountId(): string {
    return this.pseudo.accountId
  }

  get outputs(): Readonly<Record<string, unknown>> {
    const { Outputs = {} } = this.template
    return Object.fromEntries(Object.entries(Outputs).map(([name, { Value }]) => [name, this.resolve(Value)]))
  }

  /** Those that the stack's conditions let be made. */
  resources(...types: ReadonlyArray<string>): ReadonlyArray<StackResource> {
    return Object.entries(this.template.Resources).flatMap(([logicalId, raw]) => {
      if (types.length > 0 && !types.includes(raw.Type)) return []
      if (raw.Condition !== undefined && !this.condition(raw.Condition)) return []
      const properties = this.resolve(raw.Properties ?? {}) as Properties
      return [{ logicalId, type: raw.Type, properties, metadata: raw.Metadata ?? {} }]
    })
  }

  physicalId(logicalId: string): PhysicalId {
    const known = this.physicalIds.get(logicalId)
    if (known !== undefined) return known
    const raw = this.template.Resources[logicalId]
    if (raw === undefined) throw new Error(`the template has no resource ${logicalId}`)
    const named = (name: string): string | undefined => {
      const value = raw.Properties?.[name]
      return value === undefined ? undefined : String(this.resolve(value))
    }
    const made = physicalIdOf({ type: raw.Type, logicalId, named }, this.pseudo)
    this.physicalIds.set(logicalId, made)
    return made
  }

  resolve(value: unknown): unknown {
    const resolved = this.resolveOrNothing(value)
    return resolved === noValue ? undefined : resolved
  }

  private resolveOrNothing(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.resolveOrNothing(one)).filter((one) => one !== noValue)
    if (typeof value !== "object" || value === null) return value
    const entries = Object.entries(value)
    const [only] = entries
    if (entries.length === 1 && only !== undefined && /^(Ref|Condition|Fn::.+)$/.test(only[0])) {
      return this.intrinsic(only[0], only[1])
    }
    const properties = entries.map(([name, one]) => [name, this.resolveOrNothing(one)] as const)
    return Object.fromEntries(properties.filter(([, one]) => one !== noValue))
  }

  private intrinsic(name: string, argument: unknown): unknown {
    const list = () => this.resolveOrNothing(argument) as ReadonlyArray<unknown>
    switch (name) {
      case "Ref":
        return this.ref(argument as string)
      case "Fn::GetAtt":
        return this.attribute(typeof argument === "string" ? argument.split(/\.(.*)/s) : (argument as Array<string>))
      case "Fn::Join": {
        const [separator, parts] = list() as [string, ReadonlyArray<string>]
        return parts.join(separator)
      }
      case "Fn::Select": {
        const [index, parts] = list() as [number | string, ReadonlyArray<unknown>]
        const selected = parts[Number(index)]
        if (selected === undefined) throw new Error(`Fn::Select: there is no number ${index}`)
        return selected
      }
      case "Fn::Split": {
        const [separator, text] = list() as [string, string]
        return text.split(separator)
      }
      case "Fn::Sub":
        return this.substitute(argument)
      case "Fn::If": {
        const [condition, yes, no] = argument as [string, unknown, unknown]
        return this.resolveOrNothing(this.condition(condition) ? yes : no)
      }
      case "Fn::FindInMap": {
        const [map, first, second] = list() as [string, string, string]
        const found = this.template.Mappings?.[map]?.[first]?.[second]
        if (found === undefined) throw new Error(`Fn::FindInMap: nothing at ${map}, ${first}, ${second}`)
        return found
      }
      case "Condition":
        // Beside `Ref`, a statement of a policy has a property of this name.
        return typeof argument === "string" ? this.condition(argument) : { Condition: this.resolve(argument) }
      default:
        return this.logic(name, argument)
    }
  }

  private logic(name: string, argument: unknown): boolean {
    const parts = argument as ReadonlyArray<unknown>
    switch (name) {
      case "Fn::Equals":
        return String(this.resolve(parts[0])) === String(this.resolve(parts[1]))
      case "Fn::And":
        return parts.every((one) => this.resolve(one) === true)
      case "Fn::Or":
        return parts.some((one) => this.resolve(one) === true)
      case "Fn::Not":
        return this.resolve(parts[0]) !== true
      default:
        throw new Error(`the rig does not know the function ${name}`)
    }
  }

  private condition(name: string): boolean {
    const condition = this.template.Conditions?.[name]
    if (condition === undefined) throw new Error(`the template has no condition ${name}`)
    return this.resolve(condition) === true
  }

  private ref(name: string): unknown {
    if (name === "AWS::NoValue") return noValue
    if (name.startsWith("AWS::")) return this.pseudoParameter(name)
    const parameter = this.template.Parameters?.[name]
    if (parameter === undefined) return this.physicalId(name).ref
    if (parameter.Default === undefined) throw new Error(`the parameter ${name} has no default`)
    return parameter.Default
  }

  private attribute([logicalId = "", name = ""]: ReadonlyArray<string>): string {
    const value = this.physicalId(logicalId).attributes[name]
    if (value === undefined) throw new Error(`the rig does not know the attribute ${name} of ${logicalId}`)
    return value
  }

  private substitute(argument: unknown): string {
    const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Properties]
    return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name.startsWith("!")) return `\${${name.slice(1)}}`
      if (name in variables) return String(this.resolve(variables[name]))
      return String(name.includes(".") ? this.attribute(name.split(/\.(.*)/s)) : this.ref(name))
    })
  }

  private pseudoParameter(name: string): string {
    const { region, accountId, partition, urlSuffix, stackName } = this.pseudo
    const known: Readonly<Record<string, string>> = {
      "AWS::Region": region,
      "AWS::AccountId": accountId,
      "AWS::Partition": partition,
      "AWS::URLSuffix": urlSuffix,
      "AWS::StackName": stackName,
      "AWS::StackId": `arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/rig`
    }
    const value = known[name]
    if (value === undefined) throw new Error(`the rig does not know the pseudo parameter ${name}`)
    return value
  }
}

/** The servers here know one account and one region. */
const defaultPseudo = { region: "us-east-1", accountId: "000000000000", partition: "aws", urlSuffix: "amazonaws.com" }

export const makeStack = (template: RawTemplate, stackName: string): Stack =>
  new Stack(template, { ...defaultPseudo, stackName })

/** A stack of a cloud assembly: what `npx cdk synth` wrote. */
export const readStack = (assembly: string, stackName: string): Stack =>
  makeStack(JSON.parse(readFileSync(join(assembly, `${stackName}.template.json`), "utf8")), stackName)

interface AssetManifest {
  readonly files: { readonly [id: string]: { readonly source: { readonly path: string; readonly packaging: string } } }
}

/** Where the code of functions is, by the name of the object that the assets' manifest has it uploaded as. */
export const readAssets = (assembly: string, stackName: string): ReadonlyMap<string, string> => {
  const manifest: AssetManifest = JSON.parse(readFileSync(join(assembly, `${stackName}.assets.json`), "utf8"))
  const folders = Object.entries(manifest.files).filter(([, { source }]) => source.packaging === "zip")
  return new Map(folders.map(([id, { source }]) => [`${id}.zip`, join(assembly, source.path)]))
}
