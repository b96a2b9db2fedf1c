;; One update of one block of parameters, in place, four elements at a time. The meaning and the order of operations are those of
;; `method.ts`: both agree bit for bit. Pointers are byte offsets, multiples of 16; `bytes` is a multiple of 16.
;; Every kernel begins with  g <- scale * gradient + l2 * w.  The memory is imported: one instance for each memory of the host session.
(module
  (import "host" "memory" (memory 1))

  ;; SGD without momentum: w <- w - rate * g
  (func (export "sgd") (param $w i32) (param $g i32) (param $bytes i32)
    (param $scale f32) (param $l2 f32) (param $rate f32)
    (local $i i32) (local $wv v128)
    (local $vscale v128) (local $vl2 v128) (local $vrate v128)
    (local.set $vscale (f32x4.splat (local.get $scale)))
    (local.set $vl2 (f32x4.splat (local.get $l2)))
    (local.set $vrate (f32x4.splat (local.get $rate)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
      (local.set $wv (v128.load (i32.add (local.get $w) (local.get $i))))
      (v128.store (i32.add (local.get $w) (local.get $i))
        (f32x4.sub (local.get $wv) (f32x4.mul
          (f32x4.add
            (f32x4.mul (v128.load (i32.add (local.get $g) (local.get $i))) (local.get $vscale))
            (f32x4.mul (local.get $wv) (local.get $vl2)))
          (local.get $vrate))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br $next))))

  ;; SGD with momentum: b <- mu b + g;  w <- w - rate * (nesterov ? g + mu b : b)
  (func (export "sgd_momentum") (param $w i32) (param $b i32) (param $g i32) (param $bytes i32)
    (param $scale f32) (param $l2 f32) (param $mu f32) (param $rate f32) (param $nesterov i32)
    (local $i i32) (local $wv v128) (local $gv v128) (local $bv v128)
    (local $vscale v128) (local $vl2 v128) (local $vmu v128) (local $vrate v128)
    (local.set $vscale (f32x4.splat (local.get $scale)))
    (local.set $vl2 (f32x4.splat (local.get $l2)))
    (local.set $vmu (f32x4.splat (local.get $mu)))
    (local.set $vrate (f32x4.splat (local.get $rate)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
      (local.set $wv (v128.load (i32.add (local.get $w) (local.get $i))))
      (local.set $gv (f32x4.add
        (f32x4.mul (v128.load (i32.add (local.get $g) (local.get $i))) (local.get $vscale))
        (f32x4.mul (local.get $wv) (local.get $vl2))))
      (local.set $bv (f32x4.add
        (f32x4.mul (v128.load (i32.add (local.get $b) (local.get $i))) (local.get $vmu))
        (local.get $gv)))
      (v128.store (i32.add (local.get $b) (local.get $i)) (local.get $bv))
      (if (local.get $nesterov)
        (then (local.set $bv (f32x4.add (local.get $gv) (f32x4.mul (local.get $bv) (local.get $vmu))))))
      (v128.store (i32.add (local.get $w) (local.get $i))
        (f32x4.sub (local.get $wv) (f32x4.mul (local.get $bv) (local.get $vrate))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br $next))))

  ;; Adam and AdamW: m <- m + towards (g - m);  v <- beta2 v + fresh g g
  ;;                 w <- keep w - step m / (sqrt(v) / correction + epsilon)
  (func (export "adam") (param $w i32) (param $m i32) (param $v i32) (param $g i32) (param $bytes i32)
    (param $scale f32) (param $l2 f32) (param $keep f32)
    (param $towards f32) (param $beta2 f32) (param $fresh f32)
    (param $step f32) (param $correction f32) (param $epsilon f32)
    (local $i i32) (local $wv v128) (local $gv v128) (local $mv v128) (local $vv v128)
    (local $vscale v128) (local $vl2 v128) (local $vkeep v128)
    (local $vtowards v128) (local $vbeta2 v128) (local $vfresh v128)
    (local $vstep v128) (local $vcorrection v128) (local $vepsilon v128)
    (local.set $vscale (f32x4.splat (local.get $scale)))
    (local.set $vl2 (f32x4.splat (local.get $l2)))
    (local.set $vkeep (f32x4.splat (local.get $keep)))
    (local.set $vtowards (f32x4.splat (local.get $towards)))
    (local.set $vbeta2 (f32x4.splat (local.get $beta2)))
    (local.set $vfresh (f32x4.splat (local.get $fresh)))
    (local.set $vstep (f32x4.splat (local.get $step)))
    (local.set $vcorrection (f32x4.splat (local.get $correction)))
    (local.set $vepsilon (f32x4.splat (local.get $epsilon)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
      (local.set $wv (v128.load (i32.add (local.get $w) (local.get $i))))
      (local.set $gv (f32x4.add
        (f32x4.mul (v128.load (i32.add (local.get $g) (local.get $i))) (local.get $vscale))
        (f32x4.mul (local.get $wv) (local.get $vl2))))
      (local.set $mv (v128.load (i32.add (local.get $m) (local.get $i))))
      (local.set $mv (f32x4.add (local.get $mv)
        (f32x4.mul (f32x4.sub (local.get $gv) (local.get $mv)) (local.get $vtowards))))
      (v128.store (i32.add (local.get $m) (local.get $i)) (local.get $mv))
      (local.set $vv (f32x4.add
        (f32x4.mul (v128.load (i32.add (local.get $v) (local.get $i))) (local.get $vbeta2))
        (f32x4.mul (f32x4.mul (local.get $gv) (local.get $gv)) (local.get $vfresh))))
      (v128.store (i32.add (local.get $v) (local.get $i)) (local.get $vv))
      (v128.store (i32.add (local.get $w) (local.get $i))
        (f32x4.sub
          (f32x4.mul (local.get $wv) (local.get $vkeep))
          (f32x4.div
            (f32x4.mul (local.get $mv) (local.get $vstep))
            (f32x4.add
              (f32x4.div (f32x4.sqrt (local.get $vv)) (local.get $vcorrection))
              (local.get $vepsilon)))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br $next))))

  ;; RMSprop: v <- alpha v + fresh g g;  u = g / (sqrt(v) + epsilon);  w <- w - rate u
  (func (export "rmsprop") (param $w i32) (param $v i32) (param $g i32) (param $bytes i32)
    (param $scale f32) (param $l2 f32) (param $alpha f32) (param $fresh f32) (param $epsilon f32) (param $rate f32)
    (local $i i32) (local $wv v128) (local $gv v128) (local $vv v128)
    (local $vscale v128) (local $vl2 v128) (local $valpha v128) (local $vfresh v128) (local $vepsilon v128) (local $vrate v128)
    (local.set $vscale (f32x4.splat (local.get $scale)))
    (local.set $vl2 (f32x4.splat (local.get $l2)))
    (local.set $valpha (f32x4.splat (local.get $alpha)))
    (local.set $vfresh (f32x4.splat (local.get $fresh)))
    (local.set $vepsilon (f32x4.splat (local.get $epsilon)))
    (local.set $vrate (f32x4.splat (local.get $rate)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
      (local.set $wv (v128.load (i32.add (local.get $w) (local.get $i))))
      (local.set $gv (f32x4.add
        (f32x4.mul (v128.load (i32.add (local.get $g) (local.get $i))) (local.get $vscale))
        (f32x4.mul (local.get $wv) (local.get $vl2))))
      (local.set $vv (f32x4.add
        (f32x4.mul (v128.load (i32.add (local.get $v) (local.get $i))) (local.get $valpha))
        (f32x4.mul (f32x4.mul (local.get $gv) (local.get $gv)) (local.get $vfresh))))
      (v128.store (i32.add (local.get $v) (local.get $i)) (local.get $vv))
      (v128.store (i32.add (local.get $w) (local.get $i))
        (f32x4.sub (local.get $wv) (f32x4.mul
          (f32x4.div (local.get $gv) (f32x4.add (f32x4.sqrt (local.get $vv)) (local.get $vepsilon)))
          (local.get $vrate))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br $next))))

  ;; RMSprop with momentum: as above, then b <- mu b + u;  w <- w - rate b
  (func (export "rmsprop_momentum") (param $w i32) (param $v i32) (param $b i32) (param $g i32) (param $bytes i32)
    (param $scale f32) (param $l2 f32) (param $alpha f32) (param $fresh f32) (param $epsilon f32)
    (param $mu f32) (param $rate f32)
    (local $i i32) (local $wv v128) (local $gv v128) (local $vv v128) (local $bv v128)
    (local $vscale v128) (local $vl2 v128) (local $valpha v128) (local $vfresh v128) (local $vepsilon v128)
    (local $vmu v128) (local $vrate v128)
    (local.set $vscale (f32x4.splat (local.get $scale)))
    (local.set $vl2 (f32x4.splat (local.get $l2)))
    (local.set $valpha (f32x4.splat (local.get $alpha)))
    (local.set $vfresh (f32x4.splat (local.get $fresh)))
    (local.set $vepsilon (f32x4.splat (local.get $epsilon)))
    (local.set $vmu (f32x4.splat (local.get $mu)))
    (local.set $vrate (f32x4.splat (local.get $rate)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
      (local.set $wv (v128.load (i32.add (local.get $w) (local.get $i))))
      (local.set $gv (f32x4.add
        (f32x4.mul (v128.load (i32.add (local.get $g) (local.get $i))) (local.get $vscale))
        (f32x4.mul (local.get $wv) (local.get $vl2))))
      (local.set $vv (f32x4.add
        (f32x4.mul (v128.load (i32.add (local.get $v) (local.get $i))) (local.get $valpha))
        (f32x4.mul (f32x4.mul (local.get $gv) (local.get $gv)) (local.get $vfresh))))
      (v128.store (i32.add (local.get $v) (local.get $i)) (local.get $vv))
      (local.set $bv (f32x4.add
        (f32x4.mul (v128.load (i32.add (local.get $b) (local.get $i))) (local.get $vmu))
        (f32x4.div (local.get $gv) (f32x4.add (f32x4.sqrt (local.get $vv)) (local.get $vepsilon)))))
      (v128.store (i32.add (local.get $b) (local.get $i)) (local.get $bv))
      (v128.store (i32.add (local.get $w) (local.get $i))
        (f32x4.sub (local.get $wv) (f32x4.mul (local.get $bv) (local.get $vrate))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br $next))))

  ;; Lion: w <- keep w - rate sign(beta1 m + fresh1 g);  m <- beta2 m + fresh2 g
  (func (export "lion") (param $w i32) (param $m i32) (param $g i32) (param $bytes i32)
    (param $scale f32) (param $keep f32)
    (param $beta1 f32) (param $fresh1 f32) (param $beta2 f32) (param $fresh2 f32) (param $rate f32)
    (local $i i32) (local $gv v128) (local $mv v128) (local $direction v128)
    (local $vscale v128) (local $vkeep v128)
    (local $vbeta1 v128) (local $vfresh1 v128) (local $vbeta2 v128) (local $vfresh2 v128) (local $vrate v128)
    (local $zero v128) (local $one v128)
    (local.set $vscale (f32x4.splat (local.get $scale)))
    (local.set $vkeep (f32x4.splat (local.get $keep)))
    (local.set $vbeta1 (f32x4.splat (local.get $beta1)))
    (local.set $vfresh1 (f32x4.splat (local.get $fresh1)))
    (local.set $vbeta2 (f32x4.splat (local.get $beta2)))
    (local.set $vfresh2 (f32x4.splat (local.get $fresh2)))
    (local.set $vrate (f32x4.splat (local.get $rate)))
    (local.set $one (f32x4.splat (f32.const 1)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
      (local.set $gv (f32x4.mul (v128.load (i32.add (local.get $g) (local.get $i))) (local.get $vscale)))
      (local.set $mv (v128.load (i32.add (local.get $m) (local.get $i))))
      (local.set $direction (f32x4.add
        (f32x4.mul (local.get $mv) (local.get $vbeta1))
        (f32x4.mul (local.get $gv) (local.get $vfresh1))))
      ;; sign(x) = (x > 0) - (x < 0), the masks as 1.0 and 0.0
      (local.set $direction (f32x4.sub
        (v128.and (f32x4.gt (local.get $direction) (local.get $zero)) (local.get $one))
        (v128.and (f32x4.lt (local.get $direction) (local.get $zero)) (local.get $one))))
      (v128.store (i32.add (local.get $w) (local.get $i))
        (f32x4.sub
          (f32x4.mul (v128.load (i32.add (local.get $w) (local.get $i))) (local.get $vkeep))
          (f32x4.mul (local.get $direction) (local.get $vrate))))
      (v128.store (i32.add (local.get $m) (local.get $i))
        (f32x4.add
          (f32x4.mul (local.get $mv) (local.get $vbeta2))
          (f32x4.mul (local.get $gv) (local.get $vfresh2))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br $next))))

  ;; w <- min(max(w, low), high)
  (func (export "clamp") (param $w i32) (param $bytes i32) (param $low f32) (param $high f32)
    (local $i i32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
      (v128.store (i32.add (local.get $w) (local.get $i))
        (f32x4.min
          (f32x4.max (v128.load (i32.add (local.get $w) (local.get $i))) (f32x4.splat (local.get $low)))
          (f32x4.splat (local.get $high))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br $next))))

  ;; Sum of g * g in double precision, so that the norm of many elements keeps its digits.
  (func (export "sum_squares") (param $g i32) (param $bytes i32) (result f64)
    (local $i i32) (local $x v128) (local $low v128) (local $high v128) (local $a v128) (local $b v128)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
      (local.set $x (v128.load (i32.add (local.get $g) (local.get $i))))
      (local.set $low (f64x2.promote_low_f32x4 (local.get $x)))
      (local.set $high (f64x2.promote_low_f32x4
        (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $x) (local.get $x))))
      (local.set $a (f64x2.add (local.get $a) (f64x2.mul (local.get $low) (local.get $low))))
      (local.set $b (f64x2.add (local.get $b) (f64x2.mul (local.get $high) (local.get $high))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br $next)))
    (local.set $a (f64x2.add (local.get $a) (local.get $b)))
    (f64.add (f64x2.extract_lane 0 (local.get $a)) (f64x2.extract_lane 1 (local.get $a)))))
