/**
 * The simple part of `$(eval ...)`: Python expressions of literals, comparisons, `and`, `or`, `not`, + - * / and
 * parentheses. The real `ros2 launch` takes all of Python; launch files of this project stay within this.
 */

const TOKEN =
  /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|'([^']*)'|"([^"]*)"|(==|!=|<=|>=|[-+*/()<>])|([A-Za-z_]\w*))/y;

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (match === null)
      throw new Error(`$(eval ${text}): the embedded ros2 evaluates simple expressions only`);
    const [, number, single, double, sign, word] = match;
    if (number !== undefined) found.push({ value: Number(number), real: /[.eE]/.test(number) });
    else if (single !== undefined || double !== undefined) found.push({ value: single ?? double });
    else found.push({ sign: sign ?? word });
  }
  return found;
}

const COMPARISONS = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

/** A number keeps whether Python would hold it as a float: it decides how it is printed. */
const number = (value, real) => ({ value, real });

class Reader {
  constructor(text) {
    this.text = text;
    this.rest = tokens(text);
  }

  take(...signs) {
    if (this.rest.length === 0 || !signs.includes(this.rest[0].sign)) return undefined;
    return this.rest.shift().sign;
  }

  either() {
    let left = this.both();
    while (this.take('or')) {
      const right = this.both();
      left = left.value ? left : right;
    }
    return left;
  }

  both() {
    let left = this.negation();
    while (this.take('and')) {
      const right = this.negation();
      left = left.value ? right : left;
    }
    return left;
  }

  negation() {
    return this.take('not') ? { value: !this.negation().value } : this.comparison();
  }

  comparison() {
    const left = this.sum();
    const sign = this.take(...Object.keys(COMPARISONS));
    return sign ? { value: COMPARISONS[sign](left.value, this.sum().value) } : left;
  }

  sum() {
    let left = this.product();
    for (let sign = this.take('+', '-'); sign; sign = this.take('+', '-')) {
      const right = this.product();
      const value = sign === '+' ? left.value + right.value : left.value - right.value;
      left = number(value, left.real || right.real);
    }
    return left;
  }

  product() {
    let left = this.single();
    for (let sign = this.take('*', '/'); sign; sign = this.take('*', '/')) {
      const right = this.single();
      left =
        sign === '*'
          ? number(left.value * right.value, left.real || right.real)
          : number(left.value / right.value, true);
    }
    return left;
  }

  single() {
    if (this.take('-')) {
      const inner = this.single();
      return number(-inner.value, inner.real);
    }
    if (this.take('(')) {
      const inner = this.either();
      if (!this.take(')')) this.fail();
      return inner;
    }
    const token = this.rest.shift();
    if (token?.sign === 'True' || token?.sign === 'False') return { value: token.sign === 'True' };
    if (token === undefined || token.sign !== undefined) this.fail();
    return token;
  }

  fail() {
    throw new Error(`$(eval ${this.text}): the embedded ros2 evaluates simple expressions only`);
  }
}

/**
 * The value of an expression, printed as Python's str() does.
 * @param {string} text
 * @returns {string}
 * @throws {Error} for anything beyond the simple part
 */
export function evaluateExpression(text) {
  const reader = new Reader(text);
  const { value, real } = reader.either();
  if (reader.rest.length > 0) reader.fail();
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' && real && Number.isInteger(value)) return value.toFixed(1);
  return String(value);
}
