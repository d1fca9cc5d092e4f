// Package qr reads QR codes (ISO/IEC 18004) in pictures.
//
// Decoding a picture costs far more than anything else here, so pictures are bounded in pixels, and a message has a
// budget of pixels for all of them.
package qr

import (
	"bytes"
	"image"
	_ "image/gif"  // decodes GIF
	_ "image/jpeg" // decodes JPEG
	_ "image/png"  // decodes PNG

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	_ "golang.org/x/image/bmp"  // decodes BMP
	_ "golang.org/x/image/webp" // decodes WebP
)

// The sizes of pictures that are looked at. A code needs 21 modules a side at least; one that a telephone is to read off a
// screen is larger than smallest.
const (
	smallest  = 40      // pixels a side
	MaxPixels = 4 << 20 // of one picture
)

// Outcome tells what became of a picture.
type Outcome uint8

// The outcomes.
const (
	NoCode     Outcome = iota // looked at: there is no code
	Code                      // there is one
	Skipped                   // too small to hold one
	TooLarge                  // more pixels than are looked at
	Unreadable                // no picture that can be decoded
)

// Read looks for a code in a picture of at most most pixels; it gives its text and the pixels it looked at. It never panics.
func Read(data []byte, most int) (text string, pixels int, out Outcome) {
	defer func() {
		if recover() != nil {
			text, out = "", Unreadable
		}
	}()
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return "", 0, Unreadable
	}
	if config.Width < smallest || config.Height < smallest {
		return "", 0, Skipped
	}
	if config.Width > 1<<15 || config.Height > 1<<15 || config.Width*config.Height > min(most, MaxPixels) {
		return "", 0, TooLarge
	}
	pixels = config.Width * config.Height
	picture, _, err := image.Decode(bytes.NewReader(data))
	if picture == nil || err != nil && picture.Bounds().Empty() {
		return "", pixels, Unreadable
	}
	text, found := decode(picture)
	if !found {
		return "", pixels, NoCode
	}
	return text, pixels, Code
}

func decode(picture image.Image) (text string, found bool) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", false
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		return "", false
	}
	return result.GetText(), true
}
