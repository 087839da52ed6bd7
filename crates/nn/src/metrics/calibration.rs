//! Whether probabilities mean what they say.

use super::predictions::Predictions;

/// How far the confidence of predictions is from how often they are right.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Bins of equal width from 0 to 1.
    pub bins: Vec<ReliabilityBin>,
    /// The expected calibration error, `Σ_b count_b / n · |accuracy_b - confidence_b|`; NaN of no node.
    pub expected_error: f64,
    /// The greatest `|accuracy_b - confidence_b|` of a bin with nodes; NaN of no node.
    pub maximum_error: f64,
}

/// The nodes whose confidence, the probability of the class that is predicted, is above `lower` and at most `upper`;
/// a confidence of 0 is in the first bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityBin {
    /// What all confidences are above.
    pub lower: f64,
    /// What they are at most.
    pub upper: f64,
    /// How many nodes there are.
    pub count: usize,
    /// The mean of their confidences; NaN of no node.
    pub confidence: f64,
    /// The share of them that is right; NaN of no node.
    pub accuracy: f64,
}

impl ReliabilityBin {
    fn gap(&self) -> f64 {
        (self.accuracy - self.confidence).abs()
    }
}

impl Predictions<'_> {
    /// The calibration over so many bins of equal width; 15 is usual.
    ///
    /// # Panics
    /// If there is no bin, or a node that does not exist.
    ///
    /// # Reference
    /// Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017, equations 3 and 5.
    #[track_caller]
    pub fn calibration(&self, nodes: &[u32], num_bins: usize) -> Calibration {
        assert!(num_bins > 0, "calibration: at least one bin is needed");
        // The nodes of each bin, their confidences and those that are right, summed.
        let mut sums = vec![(0_usize, 0.0, 0_usize); num_bins];
        for measured in self.measured(nodes) {
            let confidence = measured.probabilities[measured.predicted()];
            // A cast of what is negative or NaN gives 0.
            let bin = (confidence * num_bins as f64).ceil() as usize;
            let (count, sum, right) = &mut sums[bin.clamp(1, num_bins) - 1];
            *count += 1;
            *sum += confidence;
            *right += usize::from(measured.is_right());
        }
        let bin = |(bin, &(count, confidence, right)): (usize, &(usize, f64, usize))| {
            let n = count as f64;
            ReliabilityBin {
                lower: bin as f64 / num_bins as f64,
                upper: (bin + 1) as f64 / num_bins as f64,
                count,
                confidence: confidence / n,
                accuracy: right as f64 / n,
            }
        };
        let bins: Vec<ReliabilityBin> = sums.iter().enumerate().map(bin).collect();
        let total: usize = bins.iter().map(|bin| bin.count).sum();
        let full = || bins.iter().filter(|bin| bin.count > 0);
        let error: f64 = full().map(|bin| bin.count as f64 * bin.gap()).sum();
        Calibration {
            expected_error: error / total as f64,
            maximum_error: full().map(ReliabilityBin::gap).fold(f64::NAN, f64::max),
            bins,
        }
    }
}
