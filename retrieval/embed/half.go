package embed

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Round rounds the vector's numbers in place to what Pack keeps of them, so
// that stored and fresh vectors give the same scores.
func Round(v []float32) {
	for i, x := range v {
		v[i] = half(x)
	}
}

// Pack writes a vector as IEEE 754 half-precision numbers, little-endian.
func Pack(v []float32) []byte {
	b := make([]byte, 0, 2*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint16(b, toHalf(x))
	}
	return b
}

// Unpack reads what Pack wrote.
func Unpack(b []byte) ([]float32, error) {
	if len(b)%2 != 0 {
		return nil, fmt.Errorf("unpack a vector: %d bytes are no whole number of values", len(b))
	}
	v := make([]float32, len(b)/2)
	for i := range v {
		v[i] = fromHalf(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return v, nil
}

// toHalf rounds to the nearest half-precision number, ties to even. Numbers
// beyond its range become infinite.
func toHalf(f float32) uint16 {
	bits := math.Float32bits(f)
	sign := uint16(bits >> 16 & 0x8000)
	abs := bits & 0x7fffffff
	switch {
	case abs > 0x7f800000: // not a number
		return sign | 0x7e00
	case abs >= 0x477ff000: // rounds to 65,536 and more
		return sign | 0x7c00
	case abs < 0x38800000: // below the smallest normal half: multiples of 2^-24
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(abs))*(1<<24)))
	}
	abs += 0x0fff + abs>>13&1
	return sign | uint16((abs-0x38000000)>>13)
}

func fromHalf(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0:
		f := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// shrunk is by how much less than the numbers shrunkHalves makes them.
const shrunk = 0x1p-112

// shrunkHalves unpacks numbers, four in a word, of which none is infinite. Scans spend
// their time here, so it moves the bits to where a float32 has them and leaves the
// exponents as they are: the numbers become smaller by a power of two, exactly.
func shrunkHalves(into []float32, from []uint64) {
	const bits = 0x8fffe000 // sign, exponent and fraction, once they have moved
	for i, four := range from {
		x := into[4*i : 4*i+4 : 4*i+4]
		x[0] = math.Float32frombits(uint32(int64(four<<48)>>35) & bits)
		x[1] = math.Float32frombits(uint32(int64(four<<32)>>35) & bits)
		x[2] = math.Float32frombits(uint32(int64(four<<16)>>35) & bits)
		x[3] = math.Float32frombits(uint32(int64(four)>>35) & bits)
	}
}

// half rounds to half precision.
func half(x float32) float32 { return fromHalf(toHalf(x)) }
