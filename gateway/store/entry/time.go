package entry

import (
	"encoding/binary"
	"math"
	"time"
)

// Times are stored big-endian: seconds since 1970 in five bytes (until the year 36,800), or milliseconds in six.

func appendSeconds(b []byte, t time.Time) []byte {
	s := uint64(min(max(t.Unix(), 0), 1<<40-1))
	return append(b, byte(s>>32), byte(s>>24), byte(s>>16), byte(s>>8), byte(s))
}

func seconds(b []byte) time.Time {
	return time.Unix(int64(b[0])<<32|int64(binary.BigEndian.Uint32(b[1:])), 0).UTC()
}

func appendMillis(b []byte, t time.Time) []byte {
	ms := uint64(min(max(t.UnixMilli(), 0), 1<<48-1))
	return append(b, byte(ms>>40), byte(ms>>32), byte(ms>>24), byte(ms>>16), byte(ms>>8), byte(ms))
}

func millis(b []byte) int64 {
	return int64(b[0])<<40 | int64(b[1])<<32 | int64(binary.BigEndian.Uint32(b[2:]))
}

// since gives the seconds from a stored time in milliseconds to now; 0 where that lies ahead.
func since(b []byte, now time.Time) float64 {
	return math.Max(0, float64(now.UnixMilli()-millis(b))/1000)
}

func appendFloat(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

func float(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
