;; The two passes of `resample.ts`, four channels or sixteen bytes at a time. A weight w of 22 bits behind the point is two numbers of
;; 16 bits, w = 2048 high + low, so that both fit the product of pairs that the machine has: sums are those of the whole weight, bit for
;; bit. Weights stand as pairs of taps, [high, high, low, low] of 16 bits each; a tap too many weighs 0.
(module
  (import "host" "memory" (memory 1))

  ;; (high << 11 + low + 2^21) >> 22
  (func $settle (param $high v128) (param $low v128) (result v128)
    (i32x4.shr_s
      (i32x4.add
        (i32x4.add (i32x4.shl (local.get $high) (i32.const 11)) (local.get $low))
        (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
      (i32.const 22)))

  ;; Rows to rows: `first` holds the byte in the row at which an output's taps begin, `mask` (16 bytes) how the bytes of four
  ;; neighbouring pixels pair up; `pairs` is even. Writes up to 3 bytes behind the last pixel.
  (func (export "across") (param $row i32) (param $rows i32) (param $stride i32) (param $out i32) (param $outputs i32)
    (param $first i32) (param $weights i32) (param $pairs i32) (param $channels i32) (param $mask i32)
    (local $x i32) (local $from i32) (local $weight i32) (local $end i32) (local $step i32)
    (local $high v128) (local $low v128) (local $pixels v128) (local $two v128) (local $how v128)
    (local.set $how (v128.load (local.get $mask)))
    (local.set $step (i32.shl (local.get $channels) (i32.const 2)))
    (block $done (loop $nextRow
      (br_if $done (i32.eqz (local.get $rows)))
      (local.set $x (i32.const 0))
      (local.set $weight (local.get $weights))
      (block $rowDone (loop $nextOutput
        (br_if $rowDone (i32.ge_u (local.get $x) (local.get $outputs)))
        (local.set $from (i32.add (local.get $row)
          (i32.load (i32.add (local.get $first) (i32.shl (local.get $x) (i32.const 2))))))
        (local.set $end (i32.add (local.get $weight) (i32.shl (local.get $pairs) (i32.const 3))))
        (local.set $high (v128.const i32x4 0 0 0 0))
        (local.set $low (v128.const i32x4 0 0 0 0))
        (loop $nextTaps
          (local.set $pixels (i8x16.swizzle (v128.load (local.get $from)) (local.get $how)))
          (local.set $two (i16x8.extend_low_i8x16_u (local.get $pixels)))
          (local.set $pixels (i16x8.extend_high_i8x16_u (local.get $pixels)))
          (local.set $high (i32x4.add (local.get $high) (i32x4.add
            (i32x4.dot_i16x8_s (local.get $two) (v128.load32_splat (local.get $weight)))
            (i32x4.dot_i16x8_s (local.get $pixels) (v128.load32_splat offset=8 (local.get $weight))))))
          (local.set $low (i32x4.add (local.get $low) (i32x4.add
            (i32x4.dot_i16x8_s (local.get $two) (v128.load32_splat offset=4 (local.get $weight)))
            (i32x4.dot_i16x8_s (local.get $pixels) (v128.load32_splat offset=12 (local.get $weight))))))
          (local.set $from (i32.add (local.get $from) (local.get $step)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 16)))
          (br_if $nextTaps (i32.lt_u (local.get $weight) (local.get $end))))
        (local.set $high (call $settle (local.get $high) (local.get $low)))
        (local.set $high (i16x8.narrow_i32x4_s (local.get $high) (local.get $high)))
        (v128.store32_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $high) (local.get $high)))
        (local.set $out (i32.add (local.get $out) (local.get $channels)))
        (local.set $x (i32.add (local.get $x) (i32.const 1)))
        (br $nextOutput)))
      (local.set $row (i32.add (local.get $row) (local.get $stride)))
      (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
      (br $nextRow))))

  ;; Columns to columns: `first` holds the byte at which an output row's first tap begins. Writes up to 15 bytes behind the last row.
  (func (export "down") (param $source i32) (param $stride i32) (param $out i32) (param $outputs i32)
    (param $first i32) (param $weights i32) (param $pairs i32)
    (local $y i32) (local $i i32) (local $from i32) (local $weight i32) (local $end i32)
    (local $a v128) (local $b v128) (local $even v128) (local $odd v128) (local $mixed v128)
    (local $h0 v128) (local $h1 v128) (local $h2 v128) (local $h3 v128)
    (local $l0 v128) (local $l1 v128) (local $l2 v128) (local $l3 v128)
    (block $done (loop $nextRow
      (br_if $done (i32.ge_u (local.get $y) (local.get $outputs)))
      (local.set $i (i32.const 0))
      (block $rowDone (loop $nextBytes
        (br_if $rowDone (i32.ge_u (local.get $i) (local.get $stride)))
        (local.set $from (i32.add (i32.add (local.get $source) (local.get $i))
          (i32.load (i32.add (local.get $first) (i32.shl (local.get $y) (i32.const 2))))))
        (local.set $weight (i32.add (local.get $weights)
          (i32.mul (local.get $y) (i32.shl (local.get $pairs) (i32.const 3)))))
        (local.set $end (i32.add (local.get $weight) (i32.shl (local.get $pairs) (i32.const 3))))
        (local.set $h0 (v128.const i32x4 0 0 0 0)) (local.set $l0 (v128.const i32x4 0 0 0 0))
        (local.set $h1 (v128.const i32x4 0 0 0 0)) (local.set $l1 (v128.const i32x4 0 0 0 0))
        (local.set $h2 (v128.const i32x4 0 0 0 0)) (local.set $l2 (v128.const i32x4 0 0 0 0))
        (local.set $h3 (v128.const i32x4 0 0 0 0)) (local.set $l3 (v128.const i32x4 0 0 0 0))
        (loop $nextPair
          (local.set $a (v128.load (local.get $from)))
          (local.set $from (i32.add (local.get $from) (local.get $stride)))
          (local.set $b (v128.load (local.get $from)))
          (local.set $from (i32.add (local.get $from) (local.get $stride)))
          (local.set $even (v128.load32_splat (local.get $weight)))
          (local.set $odd (v128.load32_splat offset=4 (local.get $weight)))
          (local.set $mixed (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $a) (local.get $b)))
          (local.set $a (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $a) (local.get $b)))
          (local.set $b (i16x8.extend_low_i8x16_u (local.get $mixed)))
          (local.set $h0 (i32x4.add (local.get $h0) (i32x4.dot_i16x8_s (local.get $b) (local.get $even))))
          (local.set $l0 (i32x4.add (local.get $l0) (i32x4.dot_i16x8_s (local.get $b) (local.get $odd))))
          (local.set $b (i16x8.extend_high_i8x16_u (local.get $mixed)))
          (local.set $h1 (i32x4.add (local.get $h1) (i32x4.dot_i16x8_s (local.get $b) (local.get $even))))
          (local.set $l1 (i32x4.add (local.get $l1) (i32x4.dot_i16x8_s (local.get $b) (local.get $odd))))
          (local.set $b (i16x8.extend_low_i8x16_u (local.get $a)))
          (local.set $h2 (i32x4.add (local.get $h2) (i32x4.dot_i16x8_s (local.get $b) (local.get $even))))
          (local.set $l2 (i32x4.add (local.get $l2) (i32x4.dot_i16x8_s (local.get $b) (local.get $odd))))
          (local.set $b (i16x8.extend_high_i8x16_u (local.get $a)))
          (local.set $h3 (i32x4.add (local.get $h3) (i32x4.dot_i16x8_s (local.get $b) (local.get $even))))
          (local.set $l3 (i32x4.add (local.get $l3) (i32x4.dot_i16x8_s (local.get $b) (local.get $odd))))
          (local.set $weight (i32.add (local.get $weight) (i32.const 8)))
          (br_if $nextPair (i32.lt_u (local.get $weight) (local.get $end))))
        (v128.store (i32.add (local.get $out) (local.get $i))
          (i8x16.narrow_i16x8_u
            (i16x8.narrow_i32x4_s (call $settle (local.get $h0) (local.get $l0)) (call $settle (local.get $h1) (local.get $l1)))
            (i16x8.narrow_i32x4_s (call $settle (local.get $h2) (local.get $l2)) (call $settle (local.get $h3) (local.get $l3)))))
        (local.set $i (i32.add (local.get $i) (i32.const 16)))
        (br $nextBytes)))
      (local.set $out (i32.add (local.get $out) (local.get $stride)))
      (local.set $y (i32.add (local.get $y) (i32.const 1)))
      (br $nextRow)))))
