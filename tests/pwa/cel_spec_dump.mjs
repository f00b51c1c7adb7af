// Prints the simple tests of cel-spec (npm @bufbuild/cel-spec) as JSON: section, group, expression, bindings, what is expected.

import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';

const rows = tests.suites.flatMap((section) => (section.suites ?? []).flatMap((group) => (group.tests ?? []).map(
  ({ original: t }) => ({
    section: section.name, group: group.name, name: t.name, expr: t.expr, types: t.typeEnv ?? [], bindings: t.bindings ?? {},
    value: t.value ?? (t.typedResult ?? {}).result ?? null, error: Boolean(t.evalError), container: t.container ?? '',
    checkOnly: Boolean(t.checkOnly), noCheck: Boolean(t.disableCheck),
  }))));
process.stdout.write(JSON.stringify(rows));
