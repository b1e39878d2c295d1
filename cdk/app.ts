/** `npx cdk deploy`: the examples on AWS. With `-c throwaway=true` they go again, with everything in them. */

import { App, Validations } from "aws-cdk-lib"
import { AwsSolutionsChecks } from "cdk-nag"
import { ExamplesStack } from "./examples.ts"

const app = new App()
new ExamplesStack(app, "DynactorExamples", { throwaway: app.node.tryGetContext("throwaway") === "true" })
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
