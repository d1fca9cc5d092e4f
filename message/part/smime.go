package part

func isSMIME(p *Part) bool        { return false }
func (s *splitter) smime(p *Part) {}
func isTNEF(p *Part) bool         { return false }
func (s *splitter) tnef(p *Part)  {}
