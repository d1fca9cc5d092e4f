package html

import (
	"strconv"
	"strings"
)

// color is a colour as 0xRRGGBB, or one of the values below.
type color int32

const (
	noColor     color = -1 // not said
	transparent color = -2
	unknown     color = -3 // an image, a gradient, something we can't read: nothing is hidden by it
	white       color = 0xffffff
	black       color = 0x000000
	linkBlue    color = 0x0000ee
)

// nearness is how far two colours may differ in each channel to count as the same for a reader.
const nearness = 0x10

// near tells whether text of one colour can't be read on the other.
func near(x, y color) bool {
	if x < 0 || y < 0 {
		return false
	}
	return channelNear(x>>16, y>>16) && channelNear(x>>8, y>>8) && channelNear(x, y)
}

func channelNear(x, y color) bool {
	d := x&0xff - y&0xff
	return d < nearness && d > -nearness
}

// parseColor reads a CSS or HTML colour; noColor if it is none.
func parseColor(s string) color {
	switch {
	case s == "":
		return noColor
	case s[0] == '#':
		return parseHex(s[1:])
	case len(s) > 4 && (equalFold(s[:4], "rgb(") || equalFold(s[:4], "rgba")):
		return parseRGB(s)
	}
	return parseNamed(s)
}

// parseHex reads rgb, rgba, rrggbb and rrggbbaa.
func parseHex(s string) color {
	v, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		return noColor
	}
	switch len(s) {
	case 4:
		if v&0xf == 0 {
			return transparent
		}
		v >>= 4
		fallthrough
	case 3:
		return color(v>>8&0xf*0x110000 | v>>4&0xf*0x1100 | v&0xf*0x11)
	case 8:
		if v&0xff == 0 {
			return transparent
		}
		return color(v >> 8)
	case 6:
		return color(v)
	}
	return noColor
}

// parseRGB reads rgb(1,2,3), rgb(1 2 3 / 50%), rgba(1,2,3,.5).
func parseRGB(s string) color {
	open, end := strings.IndexByte(s, '('), strings.LastIndexByte(s, ')')
	if open < 0 || end < open {
		return noColor
	}
	var v [4]float64
	n := 0
	for field := range strings.FieldsFuncSeq(s[open+1:end], func(r rune) bool { return r == ',' || r == ' ' || r == '/' }) {
		if n == len(v) {
			break
		}
		f, percent := strings.CutSuffix(field, "%")
		v[n], _ = strconv.ParseFloat(f, 64)
		if percent && n < 3 {
			v[n] *= 2.55
		}
		n++
	}
	switch {
	case n < 3:
		return noColor
	case n == 4 && v[3] <= 0:
		return transparent
	}
	return clamp(v[0])<<16 | clamp(v[1])<<8 | clamp(v[2])
}

func clamp(f float64) color { return color(max(0, min(255, f))) }

// parseNamed reads a colour's name, or the bare rrggbb that browsers take in attributes.
func parseNamed(s string) color {
	if equalFold(s, "transparent") {
		return transparent
	}
	var lower [20]byte
	if len(s) > len(lower) {
		return noColor
	}
	for i := 0; i < len(s); i++ {
		lower[i] = s[i]
		if c := s[i]; c >= 'A' && c <= 'Z' {
			lower[i] |= 0x20
		}
	}
	if c, ok := namedColors[string(lower[:len(s)])]; ok {
		return c
	}
	return noColor
}

// attrColor reads the colour of an attribute (bgcolor, color, text): as parseColor, and rrggbb without #.
func attrColor(s string) color {
	s = strings.TrimSpace(s)
	if c := parseColor(s); c != noColor {
		return c
	}
	if len(s) == 6 {
		return parseHex(s)
	}
	return noColor
}

var namedColors = readColors(`aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff beige f5f5dc
bisque ffe4c4 black 000000 blanchedalmond ffebcd blue 0000ff blueviolet 8a2be2 brown a52a2a burlywood deb887
cadetblue 5f9ea0 chartreuse 7fff00 chocolate d2691e coral ff7f50 cornflowerblue 6495ed cornsilk fff8dc crimson dc143c
cyan 00ffff darkblue 00008b darkcyan 008b8b darkgoldenrod b8860b darkgray a9a9a9 darkgreen 006400 darkgrey a9a9a9
darkkhaki bdb76b darkmagenta 8b008b darkolivegreen 556b2f darkorange ff8c00 darkorchid 9932cc darkred 8b0000
darksalmon e9967a darkseagreen 8fbc8f darkslateblue 483d8b darkslategray 2f4f4f darkslategrey 2f4f4f darkturquoise 00ced1
darkviolet 9400d3 deeppink ff1493 deepskyblue 00bfff dimgray 696969 dimgrey 696969 dodgerblue 1e90ff firebrick b22222
floralwhite fffaf0 forestgreen 228b22 fuchsia ff00ff gainsboro dcdcdc ghostwhite f8f8ff gold ffd700 goldenrod daa520
gray 808080 green 008000 greenyellow adff2f grey 808080 honeydew f0fff0 hotpink ff69b4 indianred cd5c5c indigo 4b0082
ivory fffff0 khaki f0e68c lavender e6e6fa lavenderblush fff0f5 lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6
lightcoral f08080 lightcyan e0ffff lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgreen 90ee90 lightgrey d3d3d3
lightpink ffb6c1 lightsalmon ffa07a lightseagreen 20b2aa lightskyblue 87cefa lightslategray 778899 lightslategrey 778899
lightsteelblue b0c4de lightyellow ffffe0 lime 00ff00 limegreen 32cd32 linen faf0e6 magenta ff00ff maroon 800000
mediumaquamarine 66cdaa mediumblue 0000cd mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371
mediumslateblue 7b68ee mediumspringgreen 00fa9a mediumturquoise 48d1cc mediumvioletred c71585 midnightblue 191970
mintcream f5fffa mistyrose ffe4e1 moccasin ffe4b5 navajowhite ffdead navy 000080 oldlace fdf5e6 olive 808000
olivedrab 6b8e23 orange ffa500 orangered ff4500 orchid da70d6 palegoldenrod eee8aa palegreen 98fb98 paleturquoise afeeee
palevioletred db7093 papayawhip ffefd5 peachpuff ffdab9 peru cd853f pink ffc0cb plum dda0dd powderblue b0e0e6
purple 800080 rebeccapurple 663399 red ff0000 rosybrown bc8f8f royalblue 4169e1 saddlebrown 8b4513 salmon fa8072
sandybrown f4a460 seagreen 2e8b57 seashell fff5ee sienna a0522d silver c0c0c0 skyblue 87ceeb slateblue 6a5acd
slategray 708090 slategrey 708090 snow fffafa springgreen 00ff7f steelblue 4682b4 tan d2b48c teal 008080 thistle d8bfd8
tomato ff6347 turquoise 40e0d0 violet ee82ee wheat f5deb3 white ffffff whitesmoke f5f5f5 yellow ffff00 yellowgreen 9acd32`)

func readColors(table string) map[string]color {
	fields := strings.Fields(table)
	m := make(map[string]color, len(fields)/2)
	for i := 0; i < len(fields); i += 2 {
		m[fields[i]] = parseHex(fields[i+1])
	}
	return m
}
