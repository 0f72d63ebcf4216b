"""Headlines: which records they are read from, and what is never mixed."""

from aeeval.report.headlines import headlines


def timed(record, value, op, batch, **axes):
    status = {} if value is not None else {"status": "skipped", "reason": "out of memory"}
    return record("samples_per_s", value, axes={"op": op, "batch": batch, **axes}, **status)


def test_throughput_is_the_best_batch_of_each_operation(record, metrics):
    records = [timed(record, v, op, b) for op, v, b in (("encode", 5.0, 1), ("encode", 9.0, 256), ("decode", 2.0, 1))]
    records.append(timed(record, None, "encode", 4096))
    encode, decode = headlines(records, metrics, "throughput")
    assert (encode.title, decode.name) == ("throughput encode", "samples_per_s decode")
    assert [r.value for r in encode.pick(records)] == [9.0]
    assert [r.value for r in decode.pick(records)] == [2.0]


def test_throughput_without_any_number_keeps_the_reason(record, metrics):
    records = [timed(record, None, "encode", batch) for batch in (1, 4)]
    encode = headlines(records, metrics, "throughput")[0]
    assert [r.reason for r in encode.pick(records)] == ["out of memory"]


def test_devices_and_dtypes_are_never_mixed(record, metrics):
    records = [timed(record, 5.0, "encode", 1, device="cpu", dtype=dtype) for dtype in ("float32", "bfloat16")]
    found = [one for one in headlines(records, metrics, "throughput") if one.axes["op"] == "encode"]
    assert [one.word for one in found] == ["encode dtype=float32", "encode dtype=bfloat16"]
    assert [len(one.pick(records)) for one in found] == [1, 1]


def test_sampling_is_judged_by_the_sampler_that_everyone_gets(record, metrics):
    records = [record("sliced_wasserstein", v, axes={"sampler": s}) for s, v in (("prior", 0.1), ("gmm10", 0.3))]
    (one,) = headlines(records, metrics, "sampling")
    assert [r.value for r in one.pick(records)] == [0.3]


def test_a_failure_without_axes_stands_for_the_headline(record, metrics):
    records = [
        record("sliced_wasserstein", 0.3, axes={"sampler": "gmm10"}),
        record("sliced_wasserstein", None, submission="dead"),
    ]
    (one,) = headlines(records, metrics, "sampling")
    assert [(r.submission, r.status) for r in one.pick(records)] == [("mlp", "ok"), ("dead", "failed")]


def test_only_headlines_that_were_measured_are_listed(record, metrics):
    assert headlines([record("psnr"), record("fvu")], metrics, "dimension") == []
    assert [one.name for one in headlines([record("psnr"), record("fvu")], metrics, "reconstruction")] == ["fvu"]
