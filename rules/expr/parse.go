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
	depthOf
}

// depthOf follows how many numbers the stack holds.
type depthOf struct{ now, most int }

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
func (p *parser) whole() error {
	if err := p.next(); err != nil {
		return err
	}
	if err := p.ternary(); err != nil {
		return err
	}
	if p.tok.text != "" {
		return fmt.Errorf("%q at byte %d: an operator such as && or || is missing before it", p.tok.text, p.tok.pos)
	}
	if p.most > maxDepth {
		return fmt.Errorf("the expression nests too deep")
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

func (p *parser) emit(o op, grow int) int {
	p.expr.code = append(p.expr.code, o)
	p.now += grow
	p.most = max(p.most, p.now)
	return len(p.expr.code) - 1
}

// land makes the jump at index at go to the next instruction.
func (p *parser) land(at int) { p.expr.code[at].to = int32(len(p.expr.code)) }

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("more than %d nested operators at byte %d", maxDepth, p.tok.pos)
	}
	return nil
}

// ternary is the whole: a ? b : c, or less.
func (p *parser) ternary() error {
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if err := p.or(); err != nil || p.tok.text != "?" {
		return err
	}
	toElse := p.emit(op{code: elseOf}, -1)
	if err := p.after(p.ternary); err != nil {
		return err
	}
	if p.tok.text != ":" {
		return fmt.Errorf("the : of a ?: is missing at byte %d", p.tok.pos)
	}
	toEnd := p.emit(op{code: jump}, -1)
	p.land(toElse)
	err := p.after(p.ternary)
	p.land(toEnd)
	return err
}

// after takes the current token and goes on with parse.
func (p *parser) after(parse func() error) error {
	if err := p.next(); err != nil {
		return err
	}
	return parse()
}

func (p *parser) or() error  { return p.chain("||", orJump, p.and) }
func (p *parser) and() error { return p.chain("&&", andJump, p.xor) }

// chain is a row of && or ||: the first operand that decides is the value.
func (p *parser) chain(sign string, c code, operand func() error) error {
	if err := operand(); err != nil {
		return err
	}
	var jumps []int
	for p.tok.text == sign {
		jumps = append(jumps, p.emit(op{code: c}, -1))
		if err := p.after(operand); err != nil {
			return err
		}
	}
	for _, at := range jumps {
		p.land(at)
	}
	return nil
}

func (p *parser) xor() error      { return p.row(map[string]code{"^": xor}, p.equality) }
func (p *parser) equality() error { return p.row(map[string]code{"==": equal, "!=": differ}, p.order) }
func (p *parser) order() error {
	return p.row(map[string]code{"<": less, "<=": lessEq, ">": more, ">=": moreEq}, p.sum)
}
func (p *parser) sum() error     { return p.row(map[string]code{"+": add, "-": sub}, p.product) }
func (p *parser) product() error { return p.row(map[string]code{"*": mul, "/": div}, p.unary) }

// row is a row of operators of one precedence, from left to right.
func (p *parser) row(signs map[string]code, operand func() error) error {
	if err := operand(); err != nil {
		return err
	}
	for {
		c, ok := signs[p.tok.text]
		if !ok {
			return nil
		}
		if err := p.after(operand); err != nil {
			return err
		}
		p.emit(op{code: c}, -1)
	}
}

func (p *parser) unary() error {
	c, ok := map[string]code{"!": not, "-": negate}[p.tok.text]
	if !ok {
		if p.tok.text == "+" {
			return p.after(p.operand)
		}
		return p.operand()
	}
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if err := p.after(p.unary); err != nil {
		return err
	}
	p.emit(op{code: c}, 0)
	return nil
}

// operand is a number, a name, or something in parentheses.
func (p *parser) operand() error {
	t := p.tok
	switch {
	case t.text == "(":
		if err := p.after(p.ternary); err != nil {
			return err
		}
		if p.tok.text != ")" {
			return fmt.Errorf("the ) for the ( at byte %d is missing", t.pos)
		}
		return p.next()
	case t.text == "":
		return fmt.Errorf("the expression ends where a name or number should follow")
	case t.text[0] >= '0' && t.text[0] <= '9':
		return p.number(t)
	case wordByte(t.text[0]):
		return p.name(t)
	}
	return fmt.Errorf("%q at byte %d: a name or number should stand here", t.text, t.pos)
}

func (p *parser) number(t token) error {
	v, err := strconv.ParseFloat(t.text, 64)
	if err != nil || strings.ContainsAny(t.text, "xXpPeE_") {
		return fmt.Errorf("%q at byte %d is no number", t.text, t.pos)
	}
	p.emit(op{code: push, number: v}, 1)
	return p.next()
}

func (p *parser) name(t token) error {
	n := Name{Word: t.text}
	if strings.HasPrefix(p.src[p.pos:], "(") || takesArgument(t.text) && strings.HasPrefix(strings.TrimLeft(p.src[p.pos:], " "), "(") {
		end := strings.IndexByte(p.src[p.pos:], ')')
		if end < 0 {
			return fmt.Errorf("the ) behind %s( at byte %d is missing", t.text, t.pos)
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
	p.emit(op{code: load, to: at}, 1)
	return p.next()
}

func takesArgument(word string) bool {
	return word == "rules_matching" || word == "plugin" || word == "can" || word == "has"
}
