// GitHub's own parser with GitHub's own schema of a workflow: node check-workflows.mjs FILE…
import { readFileSync } from 'node:fs';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';

let said = 0;
for (const name of process.argv.slice(2)) {
  const parsed = parseWorkflow({ name, content: readFileSync(name, 'utf8') }, new NoOperationTraceWriter());
  const template = await convertWorkflowTemplate(parsed.context, parsed.value);
  for (const error of new Set([...parsed.context.errors.getErrors().map((e) => e.message), ...(template.errors ?? []).map((e) => e.Message ?? e.message)])) {
    said += 1;
    console.error(error);
  }
}
process.exit(said === 0 ? 0 : 1);
