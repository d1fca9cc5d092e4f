package expr

import (
	"fmt"
	"strconv"
	"strings"
)

// token is a piece of an expression; end is the empty token.
type token struct {
	text string
	pos  int // byte where it begins, from 1
}

type parser struct {
	src   string
	pos   int
	tok   token
	depth int
	expr  *Expr
	index map[Name]int32
	named func(n Name, end int) // told of each name and the byte behind it; nil: nobody wants to know
}

// Parse compiles an expression. Errors say what is wrong and at which byte of src.
func Parse(src string) (*Expr, error) {
	if len(src) > MaxLength {
		return nil, fmt.Errorf("the expression has %d bytes, the limit is %d: split it into sub-rules", len(src), MaxLength)
	}
	p := &parser{src: src, expr: &Expr{}, index: map[Name]int32{}}
	if err := p.whole(); err != nil {
		return nil, err
	}
	return p.expr, nil
}

// whole parses the source to its end.
func (p *parser) whole() (err error) {
	if err = p.next(); err != nil {
		return err
	}
	if p.expr.root, err = p.ternary(); err != nil {
		return err
	}
	if p.tok.text != "" {
		return fmt.Errorf("%q at byte %d: an operator such as && or || is missing before it", p.tok.text, p.tok.pos)
	}
	return nil
}

var symbols = []string{"&&", "||", "<=", ">=", "==", "!=", "(", ")", "!", "<", ">", "+", "-", "*", "/", "^", "?", ":"}

// next reads the next token.
func (p *parser) next() error {
	for p.pos < len(p.src) && strings.IndexByte(" \t\r\n", p.src[p.pos]) >= 0 {
		p.pos++
	}
	rest := p.src[p.pos:]
	p.tok = token{pos: p.pos + 1}
	if rest == "" {
		return nil
	}
	n := 0
	for n < len(rest) && (wordByte(rest[n]) || rest[n] == '.' && rest[0] >= '0' && rest[0] <= '9' || strings.HasPrefix(rest[n:], "::")) {
		n += 1 + b2i(rest[n] == ':')
	}
	for i := 0; n == 0 && i < len(symbols); i++ {
		if strings.HasPrefix(rest, symbols[i]) {
			n = len(symbols[i])
		}
	}
	if n == 0 {
		return fmt.Errorf("unexpected %q at byte %d: && || ! + - * / ^ < <= > >= == != ?: and ( ) are known", rest[:1], p.pos+1)
	}
	p.tok.text = rest[:n]
	p.pos += n
	return nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("more than %d nested operators at byte %d", maxDepth, p.tok.pos)
	}
	return nil
}

// ternary is the whole: a ? b : c, or less.
func (p *parser) ternary() (node, error) {
	if err := p.enter(); err != nil {
		return node{}, err
	}
	defer func() { p.depth-- }()
	which, err := p.or()
	if err != nil || p.tok.text != "?" {
		return which, err
	}
	a, err := p.after(p.ternary)
	if err != nil {
		return node{}, err
	}
	if p.tok.text != ":" {
		return node{}, fmt.Errorf("the : of a ?: is missing at byte %d", p.tok.pos)
	}
	b, err := p.after(p.ternary)
	return node{code: choice, kids: []node{which, a, b}}, err
}

// after takes the current token and goes on with parse.
func (p *parser) after(parse func() (node, error)) (node, error) {
	if err := p.next(); err != nil {
		return node{}, err
	}
	return parse()
}

func (p *parser) or() (node, error)  { return p.chain("||", or, p.and) }
func (p *parser) and() (node, error) { return p.chain("&&", and, p.xor) }

// chain is a row of && or ||: the first operand that decides is the value.
func (p *parser) chain(sign string, c code, operand func() (node, error)) (node, error) {
	first, err := operand()
	if err != nil || p.tok.text != sign {
		return first, err
	}
	n := node{code: c, kids: []node{first}, order: []int32{0}}
	for p.tok.text == sign {
		next, err := p.after(operand)
		if err != nil {
			return node{}, err
		}
		n.kids, n.order = append(n.kids, next), append(n.order, int32(len(n.kids)))
	}
	return n, nil
}

// Operators by their sign, from those that bind least.
var (
	bits       = map[string]code{"^": xor}
	equalities = map[string]code{"==": equal, "!=": differ}
	orders     = map[string]code{"<": less, "<=": lessEq, ">": more, ">=": moreEq}
	sums       = map[string]code{"+": add, "-": sub}
	products   = map[string]code{"*": mul, "/": div}
)

func (p *parser) xor() (node, error)      { return p.row(bits, p.equality) }
func (p *parser) equality() (node, error) { return p.row(equalities, p.order) }
func (p *parser) order() (node, error)    { return p.row(orders, p.sum) }
func (p *parser) sum() (node, error)      { return p.row(sums, p.product) }
func (p *parser) product() (node, error)  { return p.row(products, p.unary) }

// row is a row of operators of one precedence, from left to right.
func (p *parser) row(signs map[string]code, operand func() (node, error)) (node, error) {
	n, err := operand()
	if err != nil || signs[p.tok.text] == 0 {
		return n, err
	}
	n = node{code: row, kids: []node{n}}
	for c := signs[p.tok.text]; c != 0; c = signs[p.tok.text] {
		next, err := p.after(operand)
		if err != nil {
			return node{}, err
		}
		n.kids, n.signs = append(n.kids, next), append(n.signs, c)
	}
	return n, nil
}

func (p *parser) unary() (node, error) {
	c := map[string]code{"!": not, "-": negate}[p.tok.text]
	if c == 0 {
		if p.tok.text == "+" {
			return p.after(p.operand)
		}
		return p.operand()
	}
	if err := p.enter(); err != nil {
		return node{}, err
	}
	defer func() { p.depth-- }()
	of, err := p.after(p.unary)
	return node{code: c, kids: []node{of}}, err
}

// operand is a number, a name, or something in parentheses.
func (p *parser) operand() (node, error) {
	t := p.tok
	switch {
	case t.text == "(":
		n, err := p.after(p.ternary)
		if err != nil {
			return node{}, err
		}
		if p.tok.text != ")" {
			return node{}, fmt.Errorf("the ) for the ( at byte %d is missing", t.pos)
		}
		return n, p.next()
	case t.text == "":
		return node{}, fmt.Errorf("the expression ends where a name or number should follow")
	case t.text[0] >= '0' && t.text[0] <= '9':
		return p.number(t)
	case wordByte(t.text[0]):
		return p.name(t)
	}
	return node{}, fmt.Errorf("%q at byte %d: a name or number should stand here", t.text, t.pos)
}

func (p *parser) number(t token) (node, error) {
	v, err := strconv.ParseFloat(t.text, 64)
	if err != nil || strings.ContainsAny(t.text, "xXpPeE_") {
		return node{}, fmt.Errorf("%q at byte %d is no number", t.text, t.pos)
	}
	return node{code: number, number: v}, p.next()
}

func (p *parser) name(t token) (node, error) {
	n := Name{Word: t.text}
	if strings.HasPrefix(p.src[p.pos:], "(") || takesArgument(t.text) && strings.HasPrefix(strings.TrimLeft(p.src[p.pos:], " "), "(") {
		end := strings.IndexByte(p.src[p.pos:], ')')
		if end < 0 {
			return node{}, fmt.Errorf("the ) behind %s( at byte %d is missing", t.text, t.pos)
		}
		open := strings.IndexByte(p.src[p.pos:], '(')
		n.Arg, n.Call = strings.TrimSpace(p.src[p.pos+open+1:p.pos+end]), true
		p.pos += end + 1
	}
	if p.named != nil {
		p.named(n, p.pos)
	}
	at, ok := p.index[n]
	if !ok {
		at = int32(len(p.expr.names))
		p.index[n] = at
		p.expr.names = append(p.expr.names, n)
	}
	return node{code: name, name: at}, p.next()
}

func takesArgument(word string) bool {
	return word == "rules_matching" || word == "plugin" || word == "can" || word == "has"
}
