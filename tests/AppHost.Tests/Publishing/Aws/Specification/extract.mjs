// Writes cloudformation.json: what CloudFormation knows of the kinds of resources that deploy/aws uses, and CloudWatch of the metrics of the
// services behind them. Run it with all of them when a template gets a new one:
//   npm pack @aws-cdk/aws-service-spec@0.1.216 && tar -xzf aws-cdk-aws-service-spec-0.1.216.tgz
//   node extract.mjs package AWS::S3::Bucket AWS::SNS::Topic … AWS/RDS AWS/EC2 …
// The package is Amazon's (github.com/cdklabs/awscdk-service-spec, Apache-2.0): the registry's schemas and the older resource specification in one.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const [folder, ...names] = process.argv.slice(2);
const kinds = names.filter(n => n.includes('::'));
const namespaces = names.filter(n => n.includes('/'));
const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
const { schema } = JSON.parse(gunzipSync(readFileSync(`${folder}/db.json.gz`)).toString());
const definitions = new Map(schema.typeDefinition.entities.map(d => [d.$id, d]));
const resources = new Map(schema.resource.entities.map(r => [r.cloudFormationType, r]));

const sorted = object => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

function group(properties, blocks, attributes) {
  const types = {};
  for (const [name, property] of Object.entries(properties)) {
    // A newer type of a property stands beside its older ones.
    types[name] = (property.required ? '!' : '') + type(property.type, blocks);
  }
  return attributes ? { attributes: Object.keys(attributes).sort(), properties: sorted(types) } : sorted(types);
}

function type(of, blocks) {
  switch (of.type) {
    case 'ref': {
      const definition = definitions.get(of.reference.$ref);
      if (!(definition.name in blocks)) {
        blocks[definition.name] = {};
        blocks[definition.name] = group(definition.properties, blocks);
      }
      return definition.name;
    }
    case 'array': return `[${type(of.element, blocks)}]`;
    case 'map': return `{${type(of.element, blocks)}}`;
    case 'union': return of.types.map(t => type(t, blocks)).join('|');
    case 'tag': return type({ type: 'ref', reference: { $ref: [...definitions.values()].find(d => d.name === 'Tag').$id } }, blocks);
    default: return of.type;
  }
}

const result = { source: `@aws-cdk/aws-service-spec ${version} (Apache-2.0)`, resources: {} };
for (const kind of kinds.sort()) {
  const resource = resources.get(kind);
  if (!resource) throw new Error(`${kind} is unknown`);
  const blocks = {};
  result.resources[kind] = { ...group(resource.properties, blocks, resource.attributes), blocks };
  result.resources[kind].blocks = sorted(blocks);
}

// By namespace and name: the sets of dimensions that it has.
const sets = new Map(schema.dimensionSet.entities.map(s => [s.$id, s.dimensions.map(d => d.name).join('+')]));
const metrics = {};
for (const metric of schema.metric.entities.filter(m => namespaces.includes(m.namespace))) {
  const name = `${metric.namespace} ${metric.name}`;
  metrics[name] = [...new Set([...(metrics[name] ?? []), ...(schema.usesDimensionSet.forward[metric.$id] ?? []).map(s => sets.get(s.$id))])].sort();
}
// A line for each group of properties.
const text = JSON.stringify(result, (key, value) => value, 1).replace(/\{\n +"([^{}]*)\n +\}/g, (_, body) => `{ "${body.replace(/\n +/g, ' ')} }`).replace(/\[\n +([^\[\]{}]*?)\n +\]/g, (_, body) => `[${body.replace(/\n +/g, ' ')}]`);
const lines = Object.entries(sorted(metrics)).map(([name, of]) => `  ${JSON.stringify(name)}: ${JSON.stringify(of)}`);
writeFileSync('cloudformation.json', `${text.slice(0, -2)},\n "metrics": {\n${lines.join(',\n')}\n }\n}\n`);
