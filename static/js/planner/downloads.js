// Files that the page makes: tables as CSV, a scenario as the TOML that `crimemap mergers score` reads.
export function saveText (name, text, type) {
  saveFile(name, new Blob([type === 'text/csv' ? `\uFEFF${text}` : text], { type: `${type};charset=utf-8` }))
}

export function saveFile (name, blob) {
  const address = URL.createObjectURL(blob)
  const link = Object.assign(document.createElement('a'), { href: address, download: name })
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

// A basic string: what JSON escapes, TOML escapes alike, but for DEL and halves of surrogate pairs.
function quoted (words) {
  const whole = String(words).replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD')
  return JSON.stringify(whole).replaceAll('\u007F', '\\u007F')
}

const array = (words) => `[${words.map(quoted).join(', ')}]`

export function scenarioToml (scenario) {
  const lines = []
  if (scenario.name) lines.push(`name = ${quoted(scenario.name)}`, '')
  for (const split of scenario.split ?? []) {
    lines.push('[[split]]', `unit = ${quoted(split.unit)}`, 'into = [')
    for (const piece of split.into) lines.push(`  { code = ${quoted(piece.code)}, name = ${quoted(piece.name)}, districts = ${array(piece.districts)} },`)
    lines.push(']', '')
  }
  for (const move of scenario.move ?? []) lines.push('[[move]]', `bricks = ${array(move.bricks)}`, `to = ${quoted(move.to)}`, '')
  for (const merge of scenario.merge ?? []) {
    lines.push('[[merge]]', `units = ${array(merge.units)}`)
    if (merge.name) lines.push(`name = ${quoted(merge.name)}`)
    lines.push('')
  }
  return lines.join('\n')
}
