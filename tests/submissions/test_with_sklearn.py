"""Every estimator of scikit-learn with transform and inverse_transform is a submission as it is."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.utils import all_estimators

from aeeval.submissions.build import build_model, fit_own
from aeeval.submissions.objects import from_object

SHAPE, K, N = (6,), 3, 60
# Those that are made with an argument; and the only ones that do not take rows of numbers to codes of numbers.
GIVEN = {"KernelPCA": {"fit_inverse_transform": True}, "SimpleImputer": {"add_indicator": True}}
GIVEN |= {f"{kind}RandomProjection": {"compute_inverse_components": True} for kind in ("Gaussian", "Sparse")}
NO_AUTOENCODERS = {
    "ColumnTransformer", "FeatureUnion", "Pipeline", "FunctionTransformer",  # made of others
    "DictVectorizer", "LabelBinarizer", "LabelEncoder", "MultiLabelBinarizer", "TargetEncoder",  # of dicts and labels
    "CountVectorizer", "TfidfVectorizer", "HashingVectorizer",  # of texts
    "OneHotEncoder", "OrdinalEncoder",  # of categories: a value that was not trained on has no code
    "SparseCoder",  # of a dictionary that is trained already
    "PLSRegression", "PLSCanonical", "CCA",  # of two sets of rows
    "GenericUnivariateSelect", "SelectFdr", "SelectFpr", "SelectFromModel", "SelectFwe", "SelectKBest",
    "SelectPercentile", "RFE", "RFECV", "SequentialFeatureSelector",  # of labels, or of another estimator
    "GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV",  # of another estimator
}  # fmt: skip


def candidates():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = dict(all_estimators())
    return {
        name: kind
        for name, kind in found.items()
        if hasattr(kind, "transform") and hasattr(kind, "inverse_transform") and name not in NO_AUTOENCODERS
    }


ESTIMATORS = candidates()


def rows(n=N, seed=0):
    """Positive rows, as some of them want."""
    return torch.rand(n, *SHAPE, generator=torch.Generator().manual_seed(seed)) + 0.1


def test_there_are_estimators_to_try():
    assert {"PCA", "KernelPCA", "NMF", "FastICA", "DictionaryLearning", "FeatureAgglomeration"} <= set(ESTIMATORS)
    assert len(ESTIMATORS) >= 20


@pytest.mark.filterwarnings("ignore")  # those of scikit-learn about convergence on so few rows are its own
@pytest.mark.parametrize("name", ESTIMATORS)
def test_it_answers_what_it_answers_itself(name):
    estimator = ESTIMATORS[name](**GIVEN.get(name, {}))
    submission = from_object(estimator)
    own_length = not {"n_components", "n_clusters"} & set(estimator.get_params())
    model = build_model(submission, SHAPE, K, 0, "cpu")
    model.latent_dim = None if own_length else K
    fit_own(model, rows(), rows(), 0)
    fitted = model.adapted.raw
    assert type(fitted) is type(clone(estimator))
    x = rows(7, seed=1)
    z = model.encode(x.flatten(1).double())
    if not own_length:
        assert z.shape == (7, K)
    expected = fitted.transform(x.numpy())
    expected = expected.toarray() if hasattr(expected, "toarray") else np.asarray(expected, dtype=float)
    np.testing.assert_allclose(z.numpy(), expected.reshape(7, -1), rtol=1e-5, atol=1e-6)
    back = model.decode(z)
    np.testing.assert_allclose(
        back.numpy(), np.asarray(fitted.inverse_transform(expected.astype(np.float32))), rtol=1e-4, atol=1e-5
    )
