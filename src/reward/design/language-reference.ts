/** The language of progress functions in brief, for a language model; docs/expressions.md is the long form. */
export const languageReference = `Every value is a number or true/false; the two do not mix. Numbers are decimal, units SI. No strings, arrays, indexing,
loops, assignments, definitions or comments inside expressions; at most 400 characters, 100 parts and 20 levels each.
Operators, tightest first: ^ | -a, not a | * / | + - | < <= > >= == != (also 0 < a < 1) | and | or | test ? a : b
abs(a) sqrt(a) exp(a) sin(a) cos(a) tanh(a) atan2(y, x) min(a, b, ...) max(a, b, ...) hypot(a, b, ...)
clamp(a, low, high)   a, not below low nor above high
ramp(a, from, to)     0 at from, 1 at to, straight in between, flat beyond; from may be greater than to
first(a)              the value of a at the first moment of the episode
max_so_far(a)         the greatest value of a since the episode began
ever(condition)       true from the first moment on at which the condition was true
held_for(condition, seconds)   true if the condition was true at every moment of the last so many seconds
Words: time (s since the episode began), pi, true, false. The square root of a negative number and division by zero have no value.
An expression of YAML that holds ': ' or '? ' must be quoted.`;
